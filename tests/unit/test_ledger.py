"""The notary's room: a chain that tells where it was touched."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.ledger import GENESIS, Chain, Event, Fault, content_hash

START = datetime(2025, 1, 1, tzinfo=UTC)
Told = list[tuple[Event, bytes]]

texts = st.text(st.characters(exclude_categories=["Cs"]))
payloads = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
        lambda values: st.lists(values, max_size=3) | st.dictionaries(texts, values, max_size=3),
        max_leaves=5,
    ),
    max_size=4,
)


def event(position: int, previous: bytes, payload: dict[str, Any] | None = None) -> Event:
    return Event(
        position=position,
        recorded_at=START + timedelta(seconds=position),
        kind="problem.declared",
        actor_id="00000000-0000-0000-0000-000000000001",
        actor_role="city_editor",
        subject_type="problem",
        subject_id=str(position),
        payload={"title": "Ngập úng đô thị"} if payload is None else payload,
        request_id="r",
        previous_hash=previous,
    )


def chain(length: int) -> Told:
    told: Told = []
    previous = GENESIS
    for position in range(1, length + 1):
        new = event(position, previous)
        previous = new.hash()
        told.append((new, previous))
    return told


def verify(told: Told) -> tuple[int, bytes, list[Fault]]:
    read = Chain()
    for line, recorded in told:
        read.read(line.position, line.previous_hash, line.recorded_at, recorded, line.hash())
    return read.count, read.last, read.faults


def faults(told: Told) -> list[Fault]:
    return verify(told)[2]


def test_a_whole_chain_has_no_fault() -> None:
    told = chain(5)
    assert verify(told) == (5, told[-1][1], [])


def test_an_empty_chain() -> None:
    assert verify([]) == (0, GENESIS, [])


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"title": "Ngập úng"}},
        {"kind": "problem.withdrawn"},
        {"actor_id": None},
        {"actor_role": "reviewer"},
        {"subject_type": "city"},
        {"subject_id": "x"},
        {"request_id": "s"},
        {"recorded_at": START + timedelta(seconds=3, microseconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_event_is_named(change: dict[str, Any]) -> None:
    told = chain(5)
    told[2] = (replace(told[2][0], **change), told[2][1])
    assert faults(told) == [Fault(3, "altered")]


def test_an_altered_event_with_a_new_hash_breaks_its_successors_link() -> None:
    told = chain(5)
    forged = replace(told[2][0], payload={"title": "khác"})
    told[2] = (forged, forged.hash())
    assert faults(told) == [Fault(4, "unlinked")]


@pytest.mark.parametrize("dropped", [{1}, {3}, {2, 3, 4}])
def test_dropped_events_are_named(dropped: set[int]) -> None:
    told = [line for line in chain(6) if line[0].position not in dropped]
    assert faults(told) == [Fault(position, "missing") for position in sorted(dropped)]


def test_a_dropped_end_shows_in_the_count_and_the_last_hash() -> None:
    told = chain(5)
    count, last, found = verify(told[:4])
    assert found == []
    assert (count, last) == (4, told[3][1])
    assert last != told[4][1]


def test_an_inserted_event_is_named() -> None:
    told = chain(4)
    inserted = event(3, told[1][1], {"title": "chèn thêm"})
    shifted = [replace(line, position=line.position + 1) for line, _ in told[2:]]
    forged = [*told[:2], (inserted, inserted.hash()), *((e, e.hash()) for e in shifted)]
    assert faults(forged)[0] == Fault(4, "unlinked")


def test_a_repeated_event_is_named() -> None:
    told = chain(3)
    assert Fault(2, "unlinked") in faults([*told[:2], told[1], told[2]])


def test_swapped_times_are_named() -> None:
    first, second = chain(2)
    late = replace(second[0], recorded_at=first[0].recorded_at)
    assert faults([first, (late, late.hash())]) == [Fault(2, "time_order")]


@given(payloads)
def test_any_payload_has_one_canonical_form(payload: dict[str, Any]) -> None:
    line = event(1, GENESIS, payload)
    backwards = event(1, GENESIS, dict(reversed(payload.items())))
    assert line.canonical() == backwards.canonical()
    assert line.canonical().decode("utf-8")
    assert faults([(line, line.hash())]) == []


def test_composed_and_decomposed_text_are_different_records() -> None:
    """The chain keeps what it is given; intake composes before anything is recorded."""
    composed, decomposed = (unicodedata.normalize(form, "đường phố") for form in ("NFC", "NFD"))
    assert composed != decomposed
    hashes = {event(1, GENESIS, {"t": text}).hash() for text in (composed, decomposed)}
    assert len(hashes) == 2
    assert composed.encode() in event(1, GENESIS, {"t": composed}).canonical()


def test_an_instant_has_one_form_whatever_its_zone() -> None:
    line = event(1, GENESIS)
    hanoi = replace(line, recorded_at=line.recorded_at.astimezone(timezone(timedelta(hours=7))))
    assert hanoi.hash() == line.hash()
    assert b'"recorded_at":"2025-01-01T00:00:01.000000Z"' in line.canonical()


def test_the_hash_covers_every_field() -> None:
    line = event(1, GENESIS)
    others: dict[str, Any] = {
        "position": 2,
        "recorded_at": START,
        "kind": "k",
        "actor_id": None,
        "actor_role": "a",
        "subject_type": "s",
        "subject_id": "i",
        "payload": {},
        "request_id": "q",
        "previous_hash": bytes([1] * 32),
    }
    assert set(others) == set(Event.__dataclass_fields__)
    hashes = {replace(line, **{name: value}).hash() for name, value in others.items()}
    assert len(hashes | {line.hash()}) == len(others) + 1


def test_content_is_hashed_by_value_not_by_spelling() -> None:
    assert content_hash({"a": 1, "b": [True, None]}) == content_hash({"b": [True, None], "a": 1})
    assert content_hash({"a": "1"}) != content_hash({"a": 1})
