"""How well the register finds what solved a problem elsewhere: problems as people write them, over
the texts of the seeds."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session, sessionmaker

from registry.db.engine import sessions, transaction
from registry.domain.likeness import Asked
from registry.queries.likeness import examples
from registry.queries.moments import moment
from tests.factories import Clock, World
from tests.postgres import Database, new_database, opened

SEEDS = Path(__file__).parents[2] / "seeds/data"

# What is asked → cases of the seeds of which one is to be first.
FIRST = {
    "ngập": "HCM-3 HCM-4 HUE-1",
    "ngap": "HCM-3 HCM-4 HUE-1",
    "NGA\u0323\u0302P": "HCM-3 HCM-4 HUE-1",
    "ngập úng khi mưa lớn và triều cường": "HCM-3",
    "camera đo độ sâu ngập": "HCM-4",
    "Ùn tắc tại các nút giao giờ cao điểm": "HNI-1 BCT-1",
    "un tac giao thong gio cao diem": "HCM-2 HNI-1",
    "đèn tín hiệu thích ứng": "HNI-1",
    "ùn tắc trên Quốc lộ 51": "HCM-2",
    "vượt đèn đỏ": "HCM-1 HUE-1 PLK-1",
    "tai nạn giao thông": "PLK-1",
    "Đổ rác bừa bãi, lấn chiếm vỉa hè": "HNI-2",
    "do rac via he": "HNI-2",
    "Người dân phải chờ lâu ở bộ phận một cửa": "HCM-9 HYN-1 TRS-1",
    "qua tai mot cua": "HCM-9 HYN-1 TRS-1",
    "hỏi đáp thủ tục hành chính ngoài giờ": "HNI-5",
    "tổng đài quá tải khi có dịch": "HCM-5 DNG-1",
    "robot lễ tân": "CPH-1 HYN-1 TRS-1",
    "thiếu bác sĩ chuyên khoa": "HCM-13",
    "thieu bac si": "HCM-13",
    "bệnh tim mạch trên đảo": "HCM-13",
    "đọc phim X-quang chậm": "HNI-7",
    "Ô nhiễm không khí": "HNI-8",
    "cháy rừng": "DLT-1",
    "chay rung": "DLT-1",
    "lấn chiếm đất rừng": "DLT-1",
    "sạt lở đất mùa mưa": "QNH-1",
    "đuối nước ở bãi biển": "SSN-1",
    "du khách không hiểu tiếng Việt, cần thuyết minh": "DNG-4",
    "xây dựng trái phép": "HCM-14",
    "ùn ứ hàng hóa tại cửa khẩu": "MCI-1",
    "cán bộ cần trợ lý xử lý văn bản": "HPG-1 CPH-1",
}
# What nothing of the seeds is about.
UNRELATED = ("xổ số kiến thiết", "zzz", "", "và của các")


@pytest.fixture(scope="module")
def exhibition(server: URL, migrated: str) -> Iterator[Database]:
    """A register in which every case of the seeds is approved. Only read here."""
    with new_database(server, migrated) as url, opened(url) as database:
        fill(World(sessions(database.service), Clock(datetime(2025, 6, 15, tzinfo=UTC))))
        yield database


def fill(world: World) -> None:
    world.province("48")
    world.city("home")
    cases, problems = (
        list(csv.DictReader((SEEDS / name).read_text(encoding="utf-8").splitlines()))
        for name in ("use_cases.csv", "problems.csv")
    )
    for row in cases:
        city = world.city(row["key"])
        signer = world.signer(city)
        solved = [
            world.problem(
                signer,
                city,
                area=problem["area"],
                title=problem["title_vi"],
                title_en=problem["title_en"],
                statement=problem["statement_vi"],
            )
            for problem in problems
            if problem["key"] in row["problem_keys"].split()
        ]
        world.approved(
            signer,
            city,
            solved,
            title=row["title_vi"],
            title_en=row["title_en"],
            summary=row["summary_vi"],
            solution=row["solution_vi"],
            techniques=row["techniques"].split(),
            technique_detail=row["technique_detail"],
        )


@pytest.fixture(scope="module")
def register(exhibition: Database) -> sessionmaker[Session]:
    return sessions(exhibition.service)


def found(register: sessionmaker[Session], asked: str) -> list[str]:
    with transaction(register) as session:
        home = session.connection().exec_driver_sql("SELECT id FROM city WHERE code = 'home'")
        at = moment(session, datetime.now(UTC))
        [few] = examples(session, at, home.scalar_one(), [Asked(asked)], 5)
        return [each.version.city_code for each in few]


@pytest.mark.parametrize("asked", FIRST)
def test_what_solves_it_comes_first(register: sessionmaker[Session], asked: str) -> None:
    shown = found(register, asked)
    assert shown[:1]
    assert shown[0] in FIRST[asked].split(), shown


@pytest.mark.parametrize("asked", UNRELATED)
def test_nothing_is_shown_for_what_nothing_solves(
    register: sessionmaker[Session], asked: str
) -> None:
    assert found(register, asked) == []


def test_the_same_question_has_the_same_answer(register: sessionmaker[Session]) -> None:
    assert found(register, "camera giám sát") == found(register, "camera giám sát")
