"""The seal-keeper's room: heads as other people's tools write and read them."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from registry.domain import notes
from registry.domain.notes import BadNote, Checkpoint, PublicKey, SigningKey

ORIGIN = "ai.example.gov.vn/ledger"
HEAD = Checkpoint(ORIGIN, 5, bytes(range(32)))

# The example that comes with Go's own implementation (golang.org/x/mod/sumdb/note).
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)


def key(seed: str, name: str = ORIGIN) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    return SigningKey(name, private)


ONE, TWO, THREE = key("one"), key("two"), key("three")


def test_a_note_of_other_tools_is_read() -> None:
    signer = PublicKey.parse(GO_KEY)
    assert str(signer) == GO_KEY
    text, by = notes.opened(GO_NOTE, [signer])
    assert text.startswith("If you think")
    assert text.endswith("problem is.\n")
    assert by == signer


def test_a_head_has_the_form_of_a_checkpoint() -> None:
    note = notes.sign(HEAD.text(), ONE)
    lines = note.split("\n")
    assert lines[:4] == [ORIGIN, "5", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[5:] == [""]
    assert notes.checkpoint(note, [TWO.public, ONE.public]) == (HEAD, ONE.public)


def test_extensions_and_foreign_signatures_are_passed_over() -> None:
    text = HEAD.text() + "an extension\n"
    note = notes.sign(text, key("a witness", "witness.example"), ONE)
    assert notes.checkpoint(note, [ONE.public])[0] == HEAD


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_note_is_refused(place: int, to: int) -> None:
    note = notes.sign(HEAD.text(), ONE)
    data = bytearray(note.encode())
    place %= len(data)
    if data[place] == to:
        return
    data[place] = to
    try:
        changed = data.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(BadNote):
        notes.checkpoint(changed, [ONE.public])


@given(st.text(max_size=80))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        notes.checkpoint(text, [ONE.public])
    with pytest.raises(BadNote):
        PublicKey.parse(text)
    with pytest.raises(BadNote):
        notes.checkpoint(notes.sign(f"{text}\n", ONE), [ONE.public])


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n05\n{'A' * 43}=\n",
        f"{ORIGIN}\n{'9' * 5000}\n{'A' * 43}=\n",
        f"{ORIGIN}\n-5\n{'A' * 43}=\n",
        f"{ORIGIN}\n٥\n{'A' * 43}=\n",
        f"{ORIGIN}\n5\nAAAA\n",
        f"another.example/ledger\n5\n{'A' * 43}=\n",
        f"{ORIGIN}\n5\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        notes.checkpoint(notes.sign(text, ONE), [ONE.public])


@pytest.mark.parametrize(
    "name", ["", "two words", "with+plus", "thin\u2009space", "line\nend", " led"]
)
def test_what_cannot_be_the_name_of_a_key(name: str) -> None:
    assert not notes.is_origin(name)


def test_a_key_whose_id_was_changed_is_refused() -> None:
    text = str(ONE.public).replace(ONE.public.id.hex(), TWO.public.id.hex())
    with pytest.raises(BadNote):
        PublicKey.parse(text)


def test_trust_passes_from_key_to_key() -> None:
    statements = [
        notes.introduce(ONE, None),
        notes.introduce(TWO, ONE),
        notes.introduce(THREE, TWO),
    ]
    assert notes.known_by(ONE.public, statements) == [ONE.public, TWO.public, THREE.public]
    assert notes.known_by(TWO.public, statements) == [TWO.public, THREE.public]


def test_trust_does_not_pass_to_a_key_that_nobody_vouches_for() -> None:
    stolen = notes.sign(f"{ORIGIN}\nkey\n{TWO.public}\n", ONE)
    for statement in (
        notes.introduce(TWO, None),
        notes.introduce(TWO, THREE),
        notes.introduce(key("two", "another.example"), key("one", "another.example")),
        stolen,
        notes.sign(HEAD.text(), ONE),
        "",
    ):
        assert notes.known_by(ONE.public, [statement]) == [ONE.public]


def test_a_statement_about_a_key_is_no_head() -> None:
    with pytest.raises(BadNote):
        notes.checkpoint(notes.introduce(TWO, ONE), [ONE.public])
