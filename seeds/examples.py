"""Loads the demo accounts and the documented use cases; for development only.

They go in as people would enter them, through `registry.actions`: a documentalist declares and
submits, a reviewer decides, and every act is recorded when it is done, for the ledger never
back-dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from registry.actions.account import DEMO_PASSWORD, create_user, grant
from registry.actions.act import Act, Clock
from registry.actions.declare import declare_problem, start_use_case, submit
from registry.actions.indicators import decide as decide_lines
from registry.actions.indicators import report
from registry.actions.leases import claim
from registry.actions.review import decide
from registry.db.engine import transaction
from registry.db.tables import City, Problem, UseCase, UseCaseVersion, UserAccount
from registry.domain.indicator_intake import EntryDecisionDraft, TotalDraft, sealed
from registry.domain.indicators import EntryAction, Indicator, LineKind
from registry.domain.intake import DecisionDraft, ProblemDraft, SubmissionDraft
from registry.domain.model import OPERATOR, Action, Role
from registry.domain.readers import Recorded
from registry.domain.use_case import UseCaseDraft
from registry.queries.indicators import latest
from registry.queries.moments import today
from registry.queries.people import actor
from seeds.load import Row, Track, read


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account for trying the service; never made in production."""

    email: str
    name: str
    role: Role
    city_code: str | None = None


# One person writes the documented examples, another submits them, as in a city.
DOCUMENTALIST = DemoAccount("tulieu@example.org", "Biên tập tư liệu", Role.CITY_EDITOR)
PUBLISHER = DemoAccount("kytulieu@example.org", "Xuất bản tư liệu", Role.CITY_SIGNER)
NO_LETTER = "Không có công văn: ví dụ lập từ nguồn công khai"
REVIEWER = DemoAccount("duyet1@example.org", "Cán bộ duyệt 1", Role.REVIEWER)
KEEPER = DemoAccount("quantri@example.org", "Quản trị viên", Role.ADMINISTRATOR)
SECOND_REVIEWER = DemoAccount("duyet2@example.org", "Cán bộ duyệt 2", Role.REVIEWER)
DEMO_ACCOUNTS = (
    DemoAccount("soan.hue@example.org", "Người soạn, Huế", Role.CITY_EDITOR, "46"),
    DemoAccount("ky.hue@example.org", "Người ký, Huế", Role.CITY_SIGNER, "46"),
    DemoAccount("soan.dalat@example.org", "Người soạn, Đà Lạt", Role.CITY_EDITOR, "672"),
    DemoAccount("ky.dalat@example.org", "Người ký, Đà Lạt", Role.CITY_SIGNER, "672"),
    REVIEWER,
    SECOND_REVIEWER,
    DemoAccount("duyet3@example.org", "Cán bộ duyệt 3", Role.REVIEWER),
    DemoAccount("truongnhom@example.org", "Trưởng nhóm duyệt", Role.LEAD),
    KEEPER,
)


def load_examples(factory: sessionmaker[Session], clock: Clock, track: Track) -> None:
    """Demo accounts and the documented use cases. For development only."""
    cases = read("use_cases.csv")
    problems = {row["key"]: row for row in read("problems.csv")}
    with transaction(factory) as session:
        _accounts(Act(session, OPERATOR, clock, "seed"), sorted({c["city_code"] for c in cases}))
    for case in track(cases, "use cases"):
        with transaction(factory) as session:
            solved = [problems[key] for key in case["problem_keys"].split()]
            _use_case(session, clock, case, solved)
    with transaction(factory) as session:
        _totals(session, clock)


def _totals(session: Session, clock: Clock) -> None:
    """Published totals: reported by one person and approved by another, marked as examples."""
    for row in read("indicator_totals.csv"):
        n = Indicator(int(row.pop("indicator")))
        lines = sealed([TotalDraft.read({**row, "example": True})], None)
        if latest(session, n, LineKind.TOTAL, [line.key for line in lines]):
            continue
        report(_acting(session, clock, KEEPER), n, LineKind.TOTAL, lines)
        told = latest(session, n, LineKind.TOTAL, [line.key for line in lines])
        ids = [entry.id for entry in told.values()]
        approval = EntryDecisionDraft(action=EntryAction.APPROVE, reason=row["note"])
        decide_lines(_acting(session, clock, REVIEWER), ids, approval)


def _accounts(act: Act, documented: Iterable[str]) -> None:
    known = set(act.session.scalars(select(UserAccount.email)))
    for account in (DOCUMENTALIST, PUBLISHER, *DEMO_ACCOUNTS):
        if account.email not in known:
            create_user(act, account.email, account.name, DEMO_PASSWORD, is_demo=True)
    for account in DEMO_ACCOUNTS:
        grant(act, account.email, account.role, account.city_code)
    for code in documented:
        for account in (DOCUMENTALIST, PUBLISHER):
            grant(act, account.email, account.role, code)


def _acting(session: Session, clock: Clock, account: DemoAccount) -> Act:
    user_id = session.execute(
        select(UserAccount.id).where(UserAccount.email == account.email)
    ).scalar_one()
    return Act(session, actor(session, user_id), clock, "seed")


def _use_case(session: Session, clock: Clock, row: Row, problems: Iterable[Row]) -> None:
    in_city = select(UseCaseVersion.id).join(UseCase, UseCase.id == UseCaseVersion.use_case_id)
    in_city = in_city.join(City, City.id == UseCase.city_id).where(City.code == row["city_code"])
    title = UseCaseVersion.content["title"].astext
    if session.scalar(in_city.where(title == row["title_vi"]).limit(1)):
        return
    author = _acting(session, clock, DOCUMENTALIST)
    stages = [
        {"stage": stage, "since": since}
        for stage, since in (entry.split(":") for entry in row["stages"].split())
    ]
    basis = {
        "declared_on": stages[0]["since"],
        "basis_kind": "public_source",
        "basis_url": row["evidence_url"],
    }
    draft = UseCaseDraft.read(
        {
            "title": row["title_vi"],
            "title_en": row["title_en"],
            "summary": row["summary_vi"],
            "summary_en": row["summary_en"],
            "problem_ids": [_problem(author, problem, basis) for problem in problems],
            "solution": row["solution_vi"],
            "techniques": row["techniques"].split(),
            "technique_detail": row["technique_detail"],
            "deployer": row["operator"],
            "product": row["product"],
            "provider": row["provider"],
            "application_area": row["application_area_vi"],
            "stages": stages,
            "evidence": [
                {
                    "url": row["evidence_url"],
                    "title": row["evidence_title"],
                    "published": row["evidence_published"] or None,
                }
            ],
        }
    )
    version = start_use_case(author, row["city_code"], draft)
    letter = SubmissionDraft(letter_number=NO_LETTER, letter_date=today(clock()))
    publisher = _acting(session, clock, PUBLISHER)
    version = submit(publisher, version.id, version.revision, letter)
    if row["verdict"] == "queue":
        return
    decision = DecisionDraft.read(
        {"reason": row["reviewer_note_vi"], "ai_confirmed": row["ai_confirmed"] == "true"}
        if row["verdict"] == Action.APPROVE
        else {"reason": row["reviewer_note_vi"]}
    )
    # Where the policy asks for a second reader, there is one, who agrees.
    for account in (REVIEWER, SECOND_REVIEWER):
        reviewer = _acting(session, clock, account)
        version = claim(reviewer, version.id, version.revision)
        done = decide(reviewer, version.id, Action(row["verdict"]), decision, version.revision)
        if done.recorded is Recorded.DECISION:
            return
        version = session.get_one(UseCaseVersion, version.id)


def _problem(author: Act, row: Row, basis: dict[str, str]) -> str:
    """The city's problem of this title; declared as of the first day its solution shows it.

    No source gives the day on which a city chose its problem; that it acted on it does.
    """
    problem = author.session.scalar(
        select(Problem)
        .join(City, City.id == Problem.city_id)
        .where(City.code == row["city_code"], Problem.title == row["title_vi"])
    )
    if problem is None:
        problem = declare_problem(
            author,
            row["city_code"],
            ProblemDraft.read(
                {
                    "area": row["area"],
                    "title": row["title_vi"],
                    "title_en": row["title_en"],
                    "statement": row["statement_vi"],
                    **basis,
                }
            ),
        )
    return str(problem.id)
