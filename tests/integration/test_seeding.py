"""The first day: seeds that load once, a service that starts only where it may."""

import csv
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker
from typer.testing import CliRunner

from api import cli, cli_ledger
from api.startup import assert_migrated, assert_safe
from registry.actions import account, standing
from registry.actions.act import Act
from registry.db.engine import transaction
from registry.db.tables import Base
from registry.domain.errors import InvalidInput, NotMigrated, UnsafeConfiguration
from registry.domain.model import OPERATOR
from registry.domain.waiting import QueueFilter
from registry.queries.cities import cities
from registry.queries.coverage import coverage
from registry.queries.moments import Moment, moment
from registry.queries.tree import verify_ledger
from registry.queries.waiting import tally
from registry.settings import Mode, Settings
from seeds import examples, load
from tests.postgres import Database

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def now() -> datetime:
    return NOW


def seed(factory: sessionmaker[Session]) -> None:
    load.load_facts(factory, now, load.untracked)
    examples.load_examples(factory, now, load.untracked)


def everything(session: Session) -> dict[str, int]:
    """How many rows each table holds."""
    tables = Base.metadata.sorted_tables
    return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def at(session: Session, on: date) -> Moment:
    return moment(session, datetime.now(UTC), on)


@pytest.fixture
def seeded(session_factory: sessionmaker[Session]) -> sessionmaker[Session]:
    seed(session_factory)
    return session_factory


def test_seeding_twice_changes_nothing(seeded: sessionmaker[Session]) -> None:
    with seeded() as session:
        before = everything(session)
    seed(seeded)
    with seeded() as session:
        assert everything(session) == before
        faults = verify_ledger(session).faults
    assert before["city"] > 1400
    assert faults == ()


def test_the_seeds_say_what_their_sources_support(seeded: sessionmaker[Session]) -> None:
    lines = (load.DATA / "use_cases.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    rows = list(csv.DictReader(lines))
    with seeded() as session:
        waiting = tally(session, OPERATOR, NOW, QueueFilter()).total
        assert waiting == sum(row["verdict"] == "queue" for row in rows)
        end_of_2024 = coverage(session, at(session, date(2024, 12, 31)))
        start_of_2024 = coverage(session, at(session, date(2024, 1, 1)))
        counted = {
            city.code
            for city in cities(session, at(session, date(2026, 11, 23)))
            if city.outcome == "counted"
        }
    assert end_of_2024.roll is not None
    assert (end_of_2024.tally.counted, end_of_2024.tally.total) == (4, 908)
    assert start_of_2024.verdict == "no_data"
    operating = {
        row["city_code"]
        for row in rows
        if row["verdict"] == "approve"
        and row["ai_confirmed"] == "true"
        and row["stages"].split()[-1].startswith("operational")
    }
    assert counted <= operating
    with transaction(seeded) as session:
        kept = everything(session)["standing"]
        assert standing.rebuild(session) == kept


def test_production_does_not_start_with_demo_accounts(seeded: sessionmaker[Session]) -> None:
    production = Settings(
        mode=Mode.PRODUCTION, public_url="https://registry.example.vn", form_secret="s" * 32
    )
    assert_safe(Settings(), seeded)
    with pytest.raises(UnsafeConfiguration, match="demo accounts"):
        assert_safe(production, seeded)
    with transaction(seeded) as session:
        account.close_demo_accounts(Act(session, OPERATOR, now))
    assert_safe(production, seeded)
    with pytest.raises(UnsafeConfiguration, match="https"):
        assert_safe(Settings(mode=Mode.PRODUCTION), seeded)
    with pytest.raises(UnsafeConfiguration, match="FORM_SECRET"):
        assert_safe(production.model_copy(update={"form_secret": None}), seeded)


def test_nobody_else_may_use_the_demo_password(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        act = Act(session, OPERATOR, now)
        with pytest.raises(InvalidInput) as refused:
            account.create_user(act, "a@example.vn", "An", account.DEMO_PASSWORD)
    assert [p.code for p in refused.value.problems] == ["password_known"]


def test_the_service_is_ready_only_at_its_own_version(database: Database) -> None:
    with database.owner.connect() as connection:
        session = Session(connection)
        assert_migrated(session)
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        with pytest.raises(NotMigrated):
            assert_migrated(session)


@pytest.mark.usefixtures("seeded")
def test_the_command_line_answers_and_refuses(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in (cli, cli_ledger):
        monkeypatch.setattr(room, "settings", lambda: database.settings)
    run = CliRunner().invoke
    shown = run(cli.app, ["coverage", "--as-of", "2024-12-31", "--group-by", "class"])
    assert shown.exit_code == 0, shown.output
    assert "4 of 908" in shown.output
    assert run(cli.app, ["ledger", "verify"]).exit_code == 0
    with database.owner.begin() as connection:
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE event SET payload = '{}' WHERE position = 7"))
    broken = run(cli.app, ["ledger", "verify"])
    assert (broken.exit_code, "event 7: is not what its hash says" in broken.output) == (1, True)
