"""The customs: whatever a stranger writes as a filter is answered or refused, and never more."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from api.ogc.collections import LAYERS
from api.ogc.filters import OPERATIONS, judged
from registry.domain.errors import InvalidInput
from tests.integration.api_client import public

pytestmark = pytest.mark.xdist_group("ogc")

CASES = "/ogc/collections/use_cases/items"
NAMES = list(LAYERS["use_cases"].fields)
_FOREIGN = ["pg_sleep", "secret", "password", "ogc.known_case", "version_to_rank", ""]

_words = st.sampled_from(
    [
        *NAMES,
        *_FOREIGN,
        *(op.upper() for op in sorted(OPERATIONS)),
        *("IS", "NULL", "BETWEEN", "AND", "TRUE", "'", "''", '"', "(", ")", ",", "--", ";", "/*"),
        *("'46'", "1", "-1", "1e400", "DATE('2026-01-01')", "TIMESTAMP('x')", "INTERVAL(", "\0"),
        *("POINT(107 16)", "BBOX(1,2,3,4)", "POLYGON((", "POINT EMPTY", "$1", "%s", "\\", "🏙", "đ"),
    ]
)
_texts = st.lists(_words, max_size=12).map(" ".join) | st.text(max_size=60)

_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_places = st.lists(_numbers, max_size=4)
_leaves = st.one_of(
    *(st.none(), st.booleans(), _numbers, st.text(max_size=20)),
    st.sampled_from([*NAMES, *_FOREIGN]).map(lambda name: {"property": name}),
    st.text(max_size=12).map(lambda day: {"date": day}),
    st.text(max_size=12).map(lambda time: {"timestamp": time}),
    st.lists(st.text(max_size=10), max_size=3).map(lambda ends: {"interval": ends}),
    _places.map(lambda box: {"bbox": box}),
    _places.map(lambda at: {"type": "Point", "coordinates": at}),
    st.lists(st.lists(_places, max_size=5), max_size=2).map(
        lambda rings: {"type": "Polygon", "coordinates": rings}
    ),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.builds(
        lambda op, args: {"op": op, "args": args},
        st.sampled_from([*sorted(OPERATIONS), *_FOREIGN, "pg_read_file"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)
FILTERS = _texts | _trees.map(json.dumps)


def _operations(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_operations, node))
    if not isinstance(node, dict):
        return set()
    return {node["op"]} | _operations(node["args"]) if "op" in node else set()


def _names(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_names, node))
    if not isinstance(node, dict):
        return set()
    own = {node["property"]} if "property" in node else set()
    return own.union(*map(_names, node.values()))


@given(FILTERS)
@settings(max_examples=400)
def test_what_passes_names_only_what_is_on_offer(written: str) -> None:
    try:
        passed = judged(written, NAMES).to_json()
    except InvalidInput:
        return
    assert _operations(passed) <= OPERATIONS
    assert _names(passed) <= set(NAMES)


@pytest.fixture(scope="module")
def client(hall: FastAPI) -> Client:
    return public(hall).client


@given(FILTERS)
@settings(max_examples=60)
def test_every_filter_is_answered_or_refused(client: Client, written: str) -> None:
    answer = client.get(CASES, params={"filter": written, "limit": "1"})
    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}, written
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/filter", written
