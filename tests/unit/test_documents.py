"""The proof-reader's room: documents made from the code are those the code would make now."""

from pathlib import Path

import pytest

from tests.documents import documents


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_is_current(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    assert written == documents()[path], "run: .venv/bin/python -m tests.documents"
