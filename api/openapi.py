"""The notary's room: everything a route of the API can answer, said once for /openapi.json."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, params
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from api.audience import Audience, open_to
from api.errors import PROBLEM_JSON
from api.validators import not_modified, of_release

GEOJSON = "application/geo+json"
CSV = "text/csv"
SCHEMA_JSON = "application/schema+json"
# As browsers ask for what completes a word (extension of OpenSearch 1.1).
SUGGESTIONS = "application/x-suggestions+json"
_REF = "#/components/schemas/{model}"


class GeoJson(JSONResponse):
    """For `response_class=` of what has no other form."""

    media_type = GEOJSON


class JsonSchema(JSONResponse):
    """The same for JSON Schema."""

    media_type = SCHEMA_JSON


Responses = dict[int | str, dict[str, Any]]


class FieldError(BaseModel):
    """One place of a request that cannot be accepted."""

    pointer: str = Field(description="JSON Pointer (RFC 6901) into the body, or /name of a query")
    code: str = Field(description="The rule that was broken")
    detail: str = Field(description="What to do, in the reader's language")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str = Field(description="In the reader's language")
    status: int
    code: str = Field(description="The refusal's name; it never changes")
    request_id: str
    errors: list[FieldError] = Field(default=[], description="For invalid_input: every place")


_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="session",
    description="The token of POST /api/v1/sessions. Browsers may use their session cookie.",
)


def only(audience: Audience) -> list[params.Depends]:
    """For `dependencies=` of a route that asks who calls; documents how to say it."""
    return [open_to(audience), params.Depends(_bearer)]


# Open to everybody, but whoever signs in may see more.
MAY_SIGN_IN: dict[str, Any] = {"security": [{}, {"session": []}]}


def refusals(*statuses: HTTPStatus) -> Responses:
    """Problems a route can answer. Every route can refuse its parameters, or be unavailable."""
    always = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    return {
        status.value: {
            "description": status.phrase,
            "content": {PROBLEM_JSON: {"schema": {"$ref": _REF.format(model="Problem")}}},
        }
        for status in sorted({*statuses, *always})
    }


def changing(*statuses: HTTPStatus) -> Responses:
    """Problems of a route that signed-in people change something with."""
    return refusals(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        *statuses,
    )


def moving() -> Responses:
    """Problems of a route that changes what the caller has read before (If-Match)."""
    return changing(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED) | {
        HTTPStatus.OK.value: _headed("ETag")
    }


def creating(*statuses: HTTPStatus) -> Responses:
    """Problems and headers of a creation."""
    return changing(*statuses) | {
        HTTPStatus.CREATED.value: _headed("Location", "ETag", "Idempotency-Replayed")
    }


def looking() -> Responses:
    """What can be changed by some of those who read it: its ETag is for If-Match."""
    return refusals(HTTPStatus.NOT_FOUND) | {HTTPStatus.OK.value: _headed("ETag")}


def reading(*statuses: HTTPStatus, geojson: str = "", csv: bool = False) -> Responses:
    """A public read: conditional, and in the media types it has besides JSON."""
    ok = _headed("ETag", "Last-Modified", "Link")
    if geojson:
        schema = {"$ref": _REF.format(model=geojson)}
        ok.setdefault("content", {})[GEOJSON] = {"schema": schema}
    if csv:
        ok.setdefault("content", {})[CSV] = {"schema": {"type": "string"}}
    return refusals(*statuses) | {
        HTTPStatus.OK.value: ok,
        HTTPStatus.NOT_MODIFIED.value: {
            "description": "Nothing changed since this ETag, or this time"
        },
    }


def _headed(*names: str) -> dict[str, Any]:
    return {"headers": {name: _HEADERS[name] for name in names}}


_HEADERS: dict[str, Any] = {
    name: {"description": text, "schema": {"type": "string"}}
    for name, text in {
        "ETag": "The state that was read; of what can be changed, its revision for If-Match",
        "Last-Modified": "Since when the answer is what it is",
        "Link": 'The next page, rel="next"',
        "Location": "What was created",
        "Idempotency-Replayed": '"true" when the answer of an earlier request is given again',
    }.items()
}


def _problem(status: HTTPStatus) -> tuple[str, dict[str, Any]]:
    return str(status.value), refusals(status)[status.value]


_NOT_JSON = _problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
_TOO_FAST = _problem(HTTPStatus.TOO_MANY_REQUESTS)


def describe(app: FastAPI, models: Sequence[type[BaseModel]]) -> None:
    """Opens /openapi.json. It names Problem and `models`, which no route returns as plain JSON."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                license_info=app.license_info,
                routes=app.routes,
            )
            named: Sequence[type[BaseModel]] = (Problem, *models)
            _, extra = models_json_schema(
                [(model, "serialization") for model in named], ref_template=_REF
            )
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(extra["$defs"])
            for operations in found["paths"].values():
                if "get" in operations:
                    operations["get"]["responses"].setdefault(*_TOO_FAST)
                for operation in operations.values():
                    if "application/json" in operation.get("requestBody", {}).get("content", {}):
                        operation["responses"].setdefault(*_NOT_JSON)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way of extending it

    @cache
    def written() -> tuple[str, bytes]:
        body = json.dumps(app.openapi(), ensure_ascii=False).encode()
        return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"', body

    @app.get("/openapi.json", include_in_schema=False, dependencies=[open_to(Audience.PUBLIC)])
    def show(request: Request) -> Response:
        tag, body = written()
        validators = of_release(request, tag)
        headers = {**validators.headers, "Cache-Control": "no-cache"}
        if validators.held_by(request.headers):
            return not_modified(headers)
        return Response(body, headers=headers, media_type="application/json")
