"""How large a file is, as people read it."""

import pytest

from api import i18n
from api.i18n import Language


@pytest.mark.parametrize(
    ("count", "vietnamese", "english"),
    [
        (1, "1 KB", "1 KB"),
        (1_499, "1 KB", "1 KB"),
        (99_999, "100 KB", "100 KB"),
        (100_000, "0,1 MB", "0.1 MB"),
        (1_250_000, "1,2 MB", "1.2 MB"),
        (20_000_000, "20,0 MB", "20.0 MB"),
    ],
)
def test_sizes(count: int, vietnamese: str, english: str) -> None:
    i18n.speak(Language.VI)
    assert i18n.size(count) == vietnamese
    i18n.speak(Language.EN)
    assert i18n.size(count) == english
