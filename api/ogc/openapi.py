"""The translator: FastAPI describes by OpenAPI 3.1, map programs read 3.0."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from api.ogc.collections import every

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
_ITEMS = "/collections/{collectionId}/items"
# Lists of examples in schemas, once as morecantile misspells them.
_UNKNOWN = ("examples", "exemples")
_NULL = {"type": "null"}
_REFUSED = {
    "description": "What is asked cannot be understood; each place is named (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"type": "object"}}},
}


def described(title: str, server: str, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """What these routes answer, by OpenAPI 3.0.3, with paths after `server`.

    The features of each collection have a path of their own too, with the properties as
    parameters: by these GDAL knows what it may leave to the service to pick out.
    """
    document = get_openapi(title=title, version="1", openapi_version="3.0.3", routes=routes)
    found: dict[str, Any] = _in_words_of_3_0(document)
    found["servers"] = [{"url": server}]
    for path in found["paths"].values():
        # FastAPI's word for what cannot be read, and the standard's.
        if path["get"]["responses"].pop("422", None):
            path["get"]["responses"]["400"] = _REFUSED
    for name in ("HTTPValidationError", "ValidationError"):
        found["components"]["schemas"].pop(name, None)
    prefix = urlsplit(server).path
    paths = {path.removeprefix(prefix) or "/": said for path, said in found["paths"].items()}
    for collection in every():
        items = deepcopy(paths[_ITEMS])
        ask = items["get"]
        ask["operationId"] += f"_{collection.id}"
        ask["summary"] = collection.title
        ask["parameters"] = [p for p in ask["parameters"] if p["in"] != "path"] + [
            _condition(name, said)
            for name, said in collection.queryables.items()
            if "$ref" not in said
        ]
        paths[_ITEMS.format(collectionId=collection.id)] = items
    found["paths"] = paths
    return found


def _condition(name: str, said: Mapping[str, str]) -> dict[str, Any]:
    kind = {key: said[key] for key in ("type", "format") if key in said}
    return {"name": name, "in": "query", "description": said["description"], "schema": kind}


def _in_words_of_3_0(node: Any) -> Any:
    """Null is a word of its own there, tuples are lists, and a constant is a list of one."""
    if isinstance(node, list):
        return [_in_words_of_3_0(each) for each in node]
    if not isinstance(node, dict):
        return node
    said = {name: _in_words_of_3_0(value) for name, value in node.items() if name not in _UNKNOWN}
    options = said.get("anyOf", [])
    if _NULL in options:
        rest = [option for option in options if option != _NULL]
        del said["anyOf"]
        said |= {"nullable": True} | (rest[0] if len(rest) == 1 else {"anyOf": rest})
        if "$ref" in said:
            said["allOf"] = [{"$ref": said.pop("$ref")}]
    if "prefixItems" in said:
        said["items"] = {"oneOf": said.pop("prefixItems")}
    if "const" in said and not isinstance(said["const"], dict):
        said["enum"] = [said.pop("const")]
    return said
