"""The guide's room: what the page about the API tells, as data. Its words are in guide.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from api.i18n import pick

_FILE = Path(__file__).parent / "guide.toml"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True, slots=True)
class Example:
    """`code` and `output` as they are shown; … in the output stands for anything."""

    id: str
    tool: str
    title: Mapping[str, str]
    code: str
    output: str

    @property
    def name(self) -> str:
        return pick(self.title["vi"], self.title["en"])

    def code_at(self, base: str) -> str:
        """The code for a service that is reached at `base` (no slash at the end)."""
        return self.code.replace("{base}", base)


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    required: bool
    kind: str
    """Its type and bounds, in the words of JSON Schema."""
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One public read. `example` is an address that answers, or none can be named beforehand."""

    path: str
    description: str
    parameters: Sequence[Parameter]
    media_types: Sequence[str]
    deprecated: bool
    example: str | None


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def examples() -> Sequence[Example]:
    return [
        Example(
            told["id"], told["tool"], told["title"], told["code"].strip(), told["output"].strip()
        )
        for told in _told()["examples"]
    ]


def noun(tag: str) -> str:
    """What stands under a tag of the description. KeyError: nobody said."""
    words = _told()["nouns"][tag]
    return pick(words["vi"], words["en"])


def reference(document: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """Every public read of an OpenAPI document, by its tag, in the document's order."""
    found: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        operation = operations.get("get")
        if operation is None or not _is_public(operation):
            continue
        answered = operation["responses"].get("200", {}).get("content", {})
        found.setdefault(operation["tags"][0], []).append(
            Operation(
                path=path,
                description=" ".join(operation.get("description", "").split()),
                parameters=[_parameter(told, document) for told in operation.get("parameters", ())],
                media_types=list(answered),
                deprecated=operation.get("deprecated", False),
                example=_example(path),
            )
        )
    return found


def _is_public(operation: Mapping[str, Any]) -> bool:
    return "security" not in operation or {} in operation["security"]


def _parameter(told: Mapping[str, Any], document: Mapping[str, Any]) -> Parameter:
    schema = told["schema"]
    default = schema.get("default")
    return Parameter(
        name=told["name"],
        place=told["in"],
        required=told.get("required", False),
        kind=" / ".join(_kinds(schema, document)),
        default="" if default is None else str(default),
        description=told.get("description", ""),
    )


def _kinds(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _kinds(one, document)
    elif "enum" in schema:
        yield " | ".join(map(str, schema["enum"]))
    elif "const" in schema:
        yield str(schema["const"])
    elif schema.get("type") == "array":
        yield f"[{' / '.join(_kinds(schema['items'], document))}]"
    elif schema.get("type") != "null":
        bounds = [f"≥ {schema['minimum']}"] if "minimum" in schema else []
        bounds += [f"≤ {schema['maximum']}"] if "maximum" in schema else []
        kind = schema.get("format") or schema.get("type", "")
        yield ", ".join([kind, *bounds])


def _example(path: str) -> str | None:
    """The address with sample values; None where one of them cannot be known beforehand."""
    told = _told()
    if told["queries"].get(path) == "":
        return None
    values: dict[str, str] = {}
    for beginning, samples in told["samples"].items():
        if beginning in path:
            values = samples
    if not set(_PARAMETER.findall(path)) <= values.keys():
        return None
    filled = _PARAMETER.sub(lambda found: values[found[1]], path)
    query = told["queries"].get(path)
    return f"{filled}?{query}" if query else filled
