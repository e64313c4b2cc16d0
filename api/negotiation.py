"""The interpreter's room: which of the media types on offer a caller wants."""

from collections.abc import Mapping

from fastapi import Request


def wanted(request: Request, offered: Mapping[str, str], f: str | None) -> str:
    """The key of `offered` (name to media type, best first) by `?f=`, else by Accept."""
    if f is not None:
        return f
    best, weight = next(iter(offered)), 0.0
    for part in request.headers.get("accept", "").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        for name, known in offered.items():
            if media_type == known and _quality(parameters) > weight:
                best, weight = name, _quality(parameters)
    return best


def _quality(parameters: list[str]) -> float:
    given = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
    try:
        return float(given)
    except ValueError:
        return 0.0
