"""Reading through the API: who sees what, in which form, page by page, and never for nothing."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from fastapi import FastAPI
from shapely import MultiPolygon
from shapely.geometry import shape
from sqlalchemy import event

from registry.actions import account
from registry.domain.model import OPERATOR, Action, Actor, Role
from tests.factories import Clock, World
from tests.integration.api_client import Caller, public, service, signed_in
from tests.postgres import Database

HUE = "46"
CSV_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[FastAPI]:
    with service(database, clock) as app:
        yield app


@pytest.fixture
def anyone(app: FastAPI) -> Caller:
    return public(app)


@pytest.fixture
def country(world: World) -> World:
    """Two provinces, nine cities on a roll of eleven, one of them counted."""
    world.targets()
    world.province("48")
    world.province("46", box=(105, 15, 107, 17))
    codes = [f"{number:02d}" for number in range(1, 8)]
    others = [world.city(code, lonlat=(108.123456789, 16.000004)) for code in codes]
    world.city(HUE, province="46", lonlat=(106.5, 16.5))
    world.city("P25-1")
    world.roll([*others, HUE, "P25-1"], code="DT-2024", official_total=11)
    return world


@pytest.fixture
def signer(country: World) -> Actor:
    signer = country.signer(HUE)
    country.approved(signer, HUE, [country.problem(signer, HUE)])
    return signer


@contextmanager
def queries(database_engine: Any) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(database_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database_engine, "before_cursor_execute", note)


# ── Who sees what ───────────────────────────────────────────────────────────────────────────


def test_what_is_not_public_is_seen_by_its_own_people_only(
    app: FastAPI, country: World, anyone: Caller, signer: Actor
) -> None:
    problem = country.problem(signer, HUE)
    draft = country.draft(signer, HUE, [problem], title="BẢN NHÁP")
    returned = country.draft(signer, HUE, [problem], title="BỊ TRẢ LẠI")
    country.submit(signer, returned)
    country.claim(returned)
    city = signed_in(app, country, signer)
    neighbour = signed_in(app, country, country.signer("01"))
    ministry = signed_in(app, country, country.reviewer())

    def seen(who: Caller, path: str) -> list[str]:
        return [item["code"] for item in who.read(path)["items"]]

    for who in (anyone, neighbour, ministry, city):
        assert seen(who, "/use-cases") == ["46-001"]
    assert seen(city, "/use-cases?state=draft") == ["46-002"]
    assert seen(ministry, "/use-cases?state=in_review") == ["46-003"]
    for who in (anyone, neighbour):
        assert seen(who, "/use-cases?state=draft") == seen(who, "/use-cases?state=in_review") == []
        for path in ("", "/decisions", "/versions", "/versions/1", "/versions/1/available-actions"):
            assert who.get(f"/use-cases/46-002{path}").status_code == 404
            assert who.get(f"/use-cases/46-003{path}").status_code == 404
    assert ministry.get("/use-cases/46-002").status_code == 404
    assert ministry.read("/use-cases/46-003")["newest"]["content"]["title"] == "BỊ TRẢ LẠI"
    country.decide(returned, Action.RETURN, ai_confirmed=False, reason="LÝ DO TRẢ")
    country.withdraw(signer, draft, reason="LÝ DO RÚT")

    for path in (
        "/coverage?group_by=area",
        "/cities",
        "/cities?f=geojson",
        "/cities?f=csv",
        f"/cities/{HUE}",
        "/problems",
        "/use-cases",
        "/use-cases/46-001/versions",
        "/events?limit=1000",
    ):
        text = anyone.get(path).text
        for hidden in ("BẢN NHÁP", "BỊ TRẢ LẠI", "LÝ DO TRẢ", "LÝ DO RÚT", "example.vn"):
            assert hidden not in text.replace("https://example.vn/", ""), path


def test_events_name_roles_and_never_people(country: World, anyone: Caller, signer: Actor) -> None:
    with country.act(OPERATOR) as act:
        account.create_user(act, "bi.mat@example.vn", "Tên Bí Mật", "một mật khẩu dài")
        account.grant(act, "bi.mat@example.vn", Role.CITY_EDITOR, HUE)
    events = [e for page in anyone.walk("/events?limit=4") for e in page["items"]]
    assert [e["position"] for e in events] == list(range(1, len(events) + 1))
    links = pairwise(events)
    assert all(later["previous_hash"] == earlier["hash"] for earlier, later in links)
    text = json.dumps(events, ensure_ascii=False)
    for hidden in (str(signer.user_id), "bi.mat", "Bí Mật", "actor_id", "request_id"):
        assert hidden not in text
    personal = [e for e in events if e["kind"].startswith(("user.", "membership."))]
    assert {e["kind"] for e in personal} == {"user.created", "membership.granted"}
    assert all(e["payload"] is e["subject"] is e["role"] is None for e in personal)
    approval = next(e for e in events if e["kind"] == "version.approve")
    assert approval["role"] == "reviewer"
    assert approval["subject"] == {"type": "use_case", "id": "46-001"}
    assert approval["payload"]["reason"] == "theo hồ sơ"


# ── Forms ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, application/geo+json", "application/geo+json"),
        ("text/csv;q=0.2, application/geo+json;q=0.1", "text/csv; charset=utf-8"),
        ("text/html, application/xhtml+xml;q=nonsense", "application/json"),
    ],
)
@pytest.mark.usefixtures("signer")
def test_one_resource_has_several_forms(anyone: Caller, accept: str, sent: str) -> None:
    answer = anyone.get("/cities", accept=accept)
    assert answer.headers["content-type"] == sent
    assert answer.headers["vary"].startswith("Accept, Accept-Language")
    assert anyone.get("/cities?f=json", accept=accept).headers["content-type"] == "application/json"


@pytest.mark.usefixtures("signer")
def test_cities_as_geojson_for_the_map(anyone: Caller) -> None:
    found = anyone.read("/cities?f=geojson&as_of=2024-12-31&lang=en")
    assert found["type"] == "FeatureCollection"
    assert len(found["features"]) == 9
    by_code = {feature["id"]: feature for feature in found["features"]}
    assert by_code["01"]["geometry"] == {"type": "Point", "coordinates": [108.12346, 16.0]}
    properties = by_code[HUE]["properties"]
    assert properties["status"] == properties["outcome"] == properties["reason"] == "counted"
    assert properties["url"] == f"/en/cities/{HUE}"
    assert properties["use_case"] == {
        "code": "46-001",
        "title": "Early flood warning",
        "url": "/en/use-cases/46-001",
        "evidence_url": "/en/use-cases/46-001#evidence",
    }
    assert properties["reason_text"].startswith("Counted because")
    assert by_code["01"]["properties"]["use_case"] is None
    in_vietnamese = anyone.read(f"/cities/{HUE}?f=geojson&as_of=2024-12-31")
    assert in_vietnamese["properties"]["use_case"]["title"] == "Cảnh báo ngập sớm"
    assert in_vietnamese["properties"]["url"] == f"/vi/cities/{HUE}"


@pytest.mark.usefixtures("country")
def test_a_city_without_a_place_has_no_geometry(anyone: Caller, database: Database) -> None:
    with database.owner.begin() as connection:
        connection.exec_driver_sql("UPDATE city SET point = NULL WHERE code = '01'")
    assert anyone.read("/cities/01?f=geojson")["geometry"] is None
    assert anyone.read("/cities/01")["point"] is None


@pytest.mark.usefixtures("signer")
def test_cities_as_a_spreadsheet(anyone: Caller, database: Database) -> None:
    with database.owner.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE city_period SET name_vi = '=1+1, \"hai\"' FROM city"
            " WHERE city.id = city_id AND code = '01'"
        )
    for language, heading, province in (("vi", "Mã", "Tỉnh 48"), ("en", "Code", "Province 48")):
        answer = anyone.get(f"/cities?f=csv&lang={language}")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        lines = list(csv.reader(io.StringIO(answer.text.removeprefix(CSV_MARK), newline="")))
        assert (lines[0][0], len(lines)) == (heading, 10)
        assert lines[1][:2] == ["01", '\'=1+1, "hai"']
        assert lines[1][4] == province
        assert {len(line) for line in lines} == {len(lines[0])}
        assert b"\r\n" in answer.content


@pytest.mark.usefixtures("signer")
def test_provinces_with_their_share(anyone: Caller) -> None:
    found = anyone.read("/provinces?f=geojson&as_of=2024-12-31")
    figures = [feature["properties"] for feature in found["features"]]
    assert [(f["code"], f["counted"], f["total"], f["share"]) for f in figures] == [
        ("46", 1, 1, 1.0),
        ("48", 0, 8, 0.0),
    ]
    for feature in found["features"]:
        area = shape(feature["geometry"])
        assert isinstance(area, MultiPolygon)
        assert area.is_valid
        assert all(part.exterior.is_ccw for part in area.geoms)
    assert anyone.read("/provinces?as_of=2024-12-31")["items"] == figures
    assert anyone.read("/provinces?as_of=1990-01-01")["items"] == []
    empty = anyone.read("/provinces?as_of=2023-12-31")["items"]
    assert [(f["total"], f["share"]) for f in empty] == [(0, None)] * 2


def test_the_archipelagos_are_vietnamese(anyone: Caller) -> None:
    answer = anyone.get("/archipelagos")
    assert answer.headers["content-type"] == "application/geo+json"
    labels = {f["properties"]["province_code"]: f["properties"] for f in answer.json()["features"]}
    assert labels["48"]["label_vi"].startswith("Quần đảo Hoàng Sa")
    assert labels["56"]["label_vi"].startswith("Quần đảo Trường Sa")
    for feature in answer.json()["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        assert 111 < lon < 116
        assert 7 < lat < 18


@pytest.mark.usefixtures("signer")
def test_the_figure_and_what_it_rests_on(anyone: Caller) -> None:
    found = anyone.read("/coverage?as_of=2024-12-31&lang=en&group_by=province")
    known = {"known_at": found.pop("known_at"), "position": found.pop("position")}
    assert known["known_at"].endswith("Z")
    assert found == {
        "as_of": "2024-12-31",
        "rule": "2024-1",
        "series": "urban",
        "roll": {
            "code": "DT-2024",
            "name": "Roll DT-2024",
            "source": "test",
            "official_total": 11,
            "enumerated": 9,
        },
        "counted": 1,
        "total": 11,
        "share": 0.090909,
        "target": 0.2,
        "target_year": 2024,
        "verdict": "not_met",
        "missing": 2,
        "next_target": {"target": 1.0, "year": 2030, "missing": 10},
        "groups": [
            {
                "key": "46",
                "name": "Province 46",
                "counted": 1,
                "enumerated": 1,
                "total": 1,
                "share": 1.0,
            },
            {
                "key": "48",
                "name": "Province 48",
                "counted": 0,
                "enumerated": 8,
                "total": 8,
                "share": 0.0,
            },
        ],
    }
    assert anyone.read("/coverage?as_of=2024-12-31")["roll"]["name"] == "Danh mục DT-2024"
    accepted = anyone.get("/coverage?as_of=2024-12-31", accept_language="en-GB, vi;q=0.8")
    assert accepted.json()["roll"]["name"] == "Roll DT-2024"
    for group_by in ("class", "unit_type", "area"):
        groups = anyone.read(f"/coverage?as_of=2024-12-31&group_by={group_by}&lang=en")["groups"]
        assert sum(group["counted"] for group in groups) == 1
        assert all(group["name"] != group["key"] for group in groups)


@pytest.mark.usefixtures("country")
def test_before_any_roll_there_is_no_data(anyone: Caller) -> None:
    found = anyone.read("/coverage?as_of=2020-01-01&group_by=class")
    assert (found["roll"], found["share"], found["missing"]) == (None, None, None)
    assert (found["verdict"], found["groups"]) == ("no_data", [])
    assert anyone.read("/cities?as_of=2020-01-01")["items"] == []
    assert anyone.read("/cities/01?as_of=2020-01-01")["outcome"] == "not_on_roll"


@pytest.mark.usefixtures("country")
def test_before_any_event_nothing_is_known(anyone: Caller) -> None:
    for early in ("1970-01-01T00:00:00Z", "0001-01-01T00:00:00%2B14:00"):
        found = anyone.read(f"/coverage?as_of=2024-12-31&known_at={early}")
        assert (found["position"], found["verdict"]) == (0, "no_data")
        again = anyone.read(f"/coverage?as_of=2024-12-31&known_at={found['known_at']}")
        assert again == found


@pytest.mark.usefixtures("country")
def test_rolls_and_targets(anyone: Caller) -> None:
    (roll,) = anyone.read("/rolls?lang=en")["items"]
    assert (roll["code"], roll["official_total"], roll["enumerated"]) == ("DT-2024", 11, 9)
    names = [e["city_code"] for p in anyone.walk("/rolls/DT-2024?limit=2") for e in p["entries"]]
    assert names == sorted(names)
    assert len(set(names)) == 9
    assert len(anyone.get("/rolls/DT-2024?f=csv").text.splitlines()) == 10
    assert anyone.get("/rolls/DT-2025").status_code == 404
    targets = anyone.read("/targets")["items"]
    assert [(t["indicator"], t["year"], t["target"]) for t in targets] == [
        (2, 2024, 0.2),
        (2, 2030, 1.0),
    ]


# ── Pages and filters ───────────────────────────────────────────────────────────────────────


def test_cursors_meet_everyone_once_even_while_things_change(
    country: World, anyone: Caller, signer: Actor
) -> None:
    for sort in ("code", "name"):
        codes: list[str] = []
        for number, page in enumerate(anyone.walk(f"/cities?limit=2&sort={sort}")):
            codes += [item["code"] for item in page["items"]]
            assert page["total"] == 9
            if number == 0:
                late = country.city()
                country.roll([late, HUE], code=f"late-{sort}")
                country.roll(
                    [*(f"{n:02d}" for n in range(1, 8)), HUE, "P25-1"], code=f"again-{sort}"
                )
        assert len(codes) == len(set(codes)) == 9
    for number in range(5):
        country.problem(signer, HUE, title=f"Vấn đề {number}")
        country.approved(signer, HUE, [country.problem(signer, HUE)], title=f"Ứng dụng {number}")
    problems = [p["id"] for page in anyone.walk("/problems?limit=3") for p in page["items"]]
    assert len(problems) == len(set(problems)) == 11
    own = [
        p["id"] for page in anyone.walk(f"/cities/{HUE}/problems?limit=4") for p in page["items"]
    ]
    assert own == problems
    cases = [c["code"] for page in anyone.walk("/use-cases?limit=2") for c in page["items"]]
    assert cases == [f"46-{number:03d}" for number in range(1, 7)]


@pytest.mark.usefixtures("country")
def test_the_next_page_is_named_in_body_and_header(anyone: Caller) -> None:
    first = anyone.get("/cities?limit=5&lang=en")
    following = first.json()["next"]
    assert first.headers["link"] == f'<{following}>; rel="next"'
    last = anyone.get(following)
    assert last.json()["next"] is None
    assert "link" not in last.headers
    for path in ("/cities", "/problems", "/use-cases", "/events", "/rolls/DT-2024"):
        for cursor in ("!", "AA==", "////", "zzzz", "%00"):
            refused = anyone.get(f"{path}?cursor={cursor}")
            assert refused.status_code == 422, (path, cursor)
            assert refused.json()["errors"][0]["pointer"] == "/cursor"


@pytest.mark.usefixtures("signer")
def test_filters(anyone: Caller) -> None:
    def codes(query: str) -> list[str]:
        items = anyone.read(f"/cities?as_of=2024-12-31&{query}")["items"]
        return [item["code"] for item in items]

    assert codes("province=46") == codes("status=counted") == codes("q=pho 46") == [HUE]
    assert len(codes("q=THÀNH PHỐ")) == len(codes("q=thanh%20pho")) == 9
    assert codes("class=II") == codes("unit_type=ward") == codes("q=không có") == []
    assert codes("series=administrative") == []
    assert anyone.read("/problems?area=traffic")["items"] == []
    assert len(anyone.read(f"/problems?area=flooding&city={HUE}")["items"]) == 1
    assert anyone.read("/use-cases?area=traffic")["items"] == []
    assert len(anyone.read(f"/use-cases?area=flooding&city={HUE}")["items"]) == 1
    assert anyone.read("/use-cases?city=01")["items"] == []


# ── Never for nothing ───────────────────────────────────────────────────────────────────────


def test_what_the_reader_has_is_not_sent_again(
    country: World, anyone: Caller, signer: Actor
) -> None:
    paths = ("/coverage", "/cities?f=geojson", "/provinces", "/rolls", "/events", "/use-cases")
    tags = {path: anyone.get(path).headers["etag"] for path in paths}
    for path, tag in tags.items():
        same = anyone.get(path, if_none_match=tag)
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == tag
        other = anyone.get(path, if_none_match=tag, accept_language="en")
        assert other.status_code == 200
        assert same.headers["cache-control"] == "no-cache"
        assert same.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in same.headers
    country.problem(signer, HUE)
    assert {anyone.get(p, if_none_match=t).status_code for p, t in tags.items()} == {200}


def test_a_new_day_is_a_new_answer(country: World, anyone: Caller, clock: Clock) -> None:
    assert country.clock is clock
    tag = anyone.get("/coverage").headers["etag"]
    clock.set("2025-06-15T16:59:00")
    assert anyone.get("/coverage", if_none_match=tag).status_code == 304
    clock.set("2025-06-15T17:01:00")
    assert anyone.get("/coverage", if_none_match=tag).status_code == 200


@pytest.mark.usefixtures("country")
def test_only_a_figure_pinned_on_both_clocks_may_be_kept(anyone: Caller) -> None:
    known = anyone.read("/coverage")["known_at"]
    pinned = anyone.get(f"/coverage?as_of=2024-12-31&known_at={known}")
    assert "immutable" in pinned.headers["cache-control"]
    for moving in (f"known_at={known}", "as_of=2024-12-31", "as_of=&known_at="):
        assert anyone.get(f"/coverage?{moving}").headers["cache-control"] == "no-cache"


def test_what_is_personal_is_kept_by_nobody(app: FastAPI, country: World, signer: Actor) -> None:
    city = signed_in(app, country, signer)
    for path in ("/use-cases", "/use-cases/46-001", "/use-cases/46-001/versions/1", "/me"):
        answer = city.get(path)
        assert answer.headers["cache-control"] == "private, no-cache", path
        assert "Authorization" in answer.headers["vary"]


def test_the_number_of_queries_does_not_grow(
    app: FastAPI, country: World, anyone: Caller, signer: Actor
) -> None:
    engine = app.state.sessions.kw["bind"]
    paths = ("/cities?f=geojson", "/cities", "/coverage?group_by=province", "/provinces",
             f"/cities/{HUE}", "/use-cases", "/problems")  # fmt: skip

    def counts() -> dict[str, int]:
        found = {}
        for path in paths:
            with queries(engine) as seen:
                anyone.read(path)
            found[path] = len(seen)
        return found

    anyone.read("/coverage")
    before = counts()
    for code in ("02", "03", "04"):
        other = country.signer(code)
        country.approved(other, code, [country.problem(other, code)])
        country.approved(signer, HUE, [country.problem(signer, HUE)])
    assert counts() == before
    assert all(number <= 9 for number in before.values()), before
