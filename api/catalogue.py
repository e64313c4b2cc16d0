"""Keeps the Vietnamese catalogue complete: extract, merge, fill in, check (script/messages)."""

import io
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PO = Path(__file__).parent / "locale/vi/LC_MESSAGES/messages.po"
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2), "N_": None}


def extracted() -> Catalog:
    """Every message in code and templates, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for folder in ("api", "maps"):
        for file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder,
            method_map=[("**.py", "python"), ("templates/**.*", "jinja2")],
            keywords=KEYWORDS,
        ):
            if message:
                found.add(message, locations=[(f"{folder}/{file}", 0)])
    return found


def key_of(message: Message) -> str:
    """The English sentence; of a plural its singular."""
    return message.id[0] if isinstance(message.id, (tuple, list)) else message.id


def current() -> Catalog:
    with PO.open("rb") as source:
        return read_po(source, locale="vi")


def merged(filled_in: dict[str, str] | None = None) -> Catalog:
    """The catalogue for the words as they are now: nothing stale, nothing guessed."""
    old, result = current(), Catalog(locale="vi", charset="utf-8")
    for message in extracted():
        if not message.id:
            continue
        key = key_of(message)
        known = old.get(key)
        text = known.string if known is not None else ""
        if filled_in and key in filled_in:
            text = filled_in[key]
        if message.pluralizable and isinstance(text, str):
            text = (text,)
        result.add(message.id, text, locations=sorted(message.locations))
    return result


def untranslated(catalogue: Catalog) -> list[str]:
    """Messages without Vietnamese."""
    return [
        key_of(m)
        for m in catalogue
        if m.id and not all(m.string if isinstance(m.string, (tuple, list)) else [m.string])
    ]


def written(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    out.write(b"# The words of the register in Vietnamese; kept by script/messages.\n\n")
    write_po(out, catalogue, width=0, sort_output=True, omit_header=True, include_lineno=False)
    return out.getvalue()


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        catalogue = merged()
        behind = {key_of(m) for m in catalogue} != {key_of(m) for m in current()}
        missing = untranslated(catalogue)
        if behind:
            print("messages.po is behind the code: run script/messages")
        print(*missing, sep="\n")
        return 1 if behind or missing else 0
    filled_in = json.loads(Path(arguments[0]).read_text()) if arguments else None
    catalogue = merged(filled_in)
    PO.write_bytes(written(catalogue))
    unknown = set(filled_in or ()) - {key_of(m) for m in catalogue}
    if unknown:
        print("not in the code:", *sorted(unknown), sep="\n  ")
    missing = untranslated(catalogue)
    print(f"{len(missing)} without Vietnamese" + (":" if missing else ""), *missing, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
