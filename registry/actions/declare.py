"""The city's desk: declare a problem, write a use case, submit it, answer, withdraw."""

from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from registry.actions.act import Act
from registry.actions.ledger import Ledger
from registry.actions.moves import lock_version, move, permit
from registry.actions.standing import refresh
from registry.db.locks import NUMBERING
from registry.db.tables import (
    City,
    Evidence,
    Problem,
    UseCase,
    UseCaseVersion,
    VersionProblem,
    VersionStage,
    YearDeclaration,
)
from registry.domain.counting import stage_periods
from registry.domain.dates import PartialDate
from registry.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotFound,
    SignInRequired,
    Stale,
    WrongState,
)
from registry.domain.intake import (
    ProblemDraft,
    ProblemWithdrawalDraft,
    SubmissionDraft,
    WithdrawalDraft,
    YearDraft,
)
from registry.domain.ledger import change, content_hash
from registry.domain.model import OPEN_STATES, Action, ReviewState, Subject
from registry.domain.permissions import check
from registry.domain.reporting import with_reports
from registry.domain.rules import missing_for_submission
from registry.domain.standard import CURRENT
from registry.domain.use_case import UseCaseText, read_text
from registry.queries.files import foreign
from registry.queries.histories import cases_addressing, reports_since
from registry.queries.moments import today


def declare_problem(act: Act, city_code: str, draft: ProblemDraft) -> Problem:
    """Records a pressing problem of the city, with the basis of its choice.

    Raises InvalidInput when it is declared for days that have not come.
    """
    city = _city(act, city_code)
    role = check(act.actor, Action.DECLARE_PROBLEM, Subject(city_id=city.id))
    if draft.declared_on.earliest > today(act.clock()):
        raise InvalidInput([FieldProblem("/declared_on", "in_the_future")])
    problem_id = uuid4()
    text = draft.model_dump(mode="json")
    position = Ledger(act).append(
        "problem.declared",
        role,
        "problem",
        problem_id,
        {"city": city.code, **text, **change(None, text)},
    )
    problem = Problem(
        id=problem_id,
        city_id=city.id,
        author_id=person(act),
        declared_position=position,
        revision=1,
        **text,
    )
    act.session.add(problem)
    act.session.flush()
    return problem


def withdraw_problem(
    act: Act, problem_id: UUID, draft: ProblemWithdrawalDraft, revision: int
) -> Problem:
    """Records that the problem is no longer pressing from a day on; cases stop counting by it."""
    ledger = Ledger(act)
    problem = act.session.scalar(select(Problem).where(Problem.id == problem_id).with_for_update())
    if problem is None:
        raise NotFound
    role = check(act.actor, Action.WITHDRAW_PROBLEM, Subject(city_id=problem.city_id))
    if problem.revision != revision:
        raise Stale
    if problem.withdrawn_position is not None:
        raise WrongState
    if draft.withdrawn_on < PartialDate.parse(problem.declared_on).earliest:
        raise InvalidInput([FieldProblem("/withdrawn_on", "before_declared")])
    declared = {name: getattr(problem, name) for name in ProblemDraft.model_fields}
    withdrawal = draft.model_dump(mode="json")
    position = ledger.append(
        "problem.withdrawn",
        role,
        "problem",
        problem.id,
        {**withdrawal, **change(declared, declared | withdrawal)},
    )
    problem.withdrawn_on = draft.withdrawn_on
    problem.withdrawn_reason = draft.reason
    problem.withdrawn_position = position
    problem.revision += 1
    act.session.flush()
    refresh(act.session, cases_addressing(act.session, problem.id), position)
    return problem


def start_use_case(act: Act, city_code: str, draft: UseCaseText) -> UseCaseVersion:
    """Opens a use case with its first draft. Nothing is public or recorded until submission."""
    city = _city(act, city_code)
    check(act.actor, Action.DECLARE_USE_CASE, Subject(city_id=city.id))
    _only_own(act, city.id, draft)
    act.session.execute(select(func.pg_advisory_xact_lock(NUMBERING, city.id)))
    last = act.session.scalar(select(func.max(UseCase.number)).where(UseCase.city_id == city.id))
    number = (last or 0) + 1
    use_case = UseCase(id=uuid4(), code=f"{city.code}-{number:03d}", city_id=city.id, number=number)
    act.session.add(use_case)
    act.session.flush()
    return _new_draft(act, use_case.id, 1, draft, written=True)


def save_draft(act: Act, version_id: UUID, draft: UseCaseText, revision: int) -> UseCaseVersion:
    """Replaces a draft's text; saving the same text again changes nothing."""
    version, subject = lock_version(act, version_id, revision)
    permit(act.actor, Action.EDIT, subject)
    _only_own(act, _known(subject.city_id), draft)
    content = draft.content()
    if content != version.content:
        version.content = content
        version.standard = CURRENT
        version.describes_from = draft.describes_from
        version.edited_by_id = person(act)
        version.revision += 1
        version.updated_at = act.clock()
        act.session.flush()
    return version


def revise(act: Act, version_id: UUID, revision: int) -> UseCaseVersion:
    """Opens the next draft from this version's text, to answer a return or to bring it up to date.

    A text that follows an approved one is true from today unless its author says otherwise, so
    that it does not rewrite the days before.
    """
    version, subject = lock_version(act, version_id, revision)
    permit(act.actor, Action.REVISE, subject)
    open_or_last = act.session.execute(
        select(
            func.max(UseCaseVersion.number),
            func.bool_or(UseCaseVersion.state.in_(OPEN_STATES)),
            func.bool_or(UseCaseVersion.state.in_(_ONCE_APPROVED)),
        ).where(UseCaseVersion.use_case_id == version.use_case_id)
    ).one()
    last, has_open, once_approved = open_or_last
    if has_open:
        raise WrongState
    reports = reports_since(act.session, version.use_case_id, version.submitted_position)
    text = with_reports(read_text(version.standard, version.content).upgraded(), reports)
    if once_approved:
        text = text.model_copy(update={"describes_from": today(act.clock())})
    return _new_draft(act, version.use_case_id, last + 1, text, written=False)


def submit(act: Act, version_id: UUID, revision: int, letter: SubmissionDraft) -> UseCaseVersion:
    """Hands a complete draft to the ministry, with the city's official letter.

    From here on its text never changes. Raises InvalidInput naming everything that is missing,
    TwoPersons where the signer wrote the text last.
    """
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    permitted = permit(act.actor, Action.SUBMIT, subject)
    draft = read_text(version.standard, version.content).upgraded()
    problems = missing_for_submission(draft, today(act.clock()))
    problems += _withdrawn_problems(act, draft)
    if letter.letter_date > today(act.clock()):
        problems.append(FieldProblem("/letter_date", "in_the_future"))
    named = [("/letter_file", letter.letter_file)]
    problems += foreign(act.session, _known(subject.city_id), named)
    if problems:
        raise InvalidInput(problems)
    version.content = draft.content()
    version.standard = CURRENT
    _store_parts(act, version, draft)
    digest = content_hash(version.content)
    before = act.session.scalar(
        select(UseCaseVersion.content_hash)
        .where(
            UseCaseVersion.use_case_id == version.use_case_id,
            UseCaseVersion.submitted_position.is_not(None),
        )
        .order_by(UseCaseVersion.number.desc())
        .limit(1)
    )
    recorded = {
        "before_sha256": None if before is None else before.hex(),
        "content_sha256": digest.hex(),
        **letter.model_dump(mode="json"),
    }
    position = move(act, ledger, version, Action.SUBMIT, permitted, recorded)
    version.letter_number = letter.letter_number
    version.letter_date = letter.letter_date
    version.letter_sha256 = bytes.fromhex(letter.letter_file) or None
    version.content_hash = digest
    version.describes_from = draft.describes_from
    version.submitter_id = person(act)
    version.submitted_position = position
    act.session.flush()
    refresh(act.session, [version.use_case_id], position)
    return version


def withdraw(act: Act, version_id: UUID, draft: WithdrawalDraft, revision: int) -> UseCaseVersion:
    """Takes a version back before it is decided.

    A draft that nobody outside the city has seen leaves a line of its own kind in the ledger, of
    which the public reads no more than that it is there.
    """
    ledger = Ledger(act)
    version, subject = lock_version(act, version_id, revision)
    permitted = permit(act.actor, Action.WITHDRAW, subject)
    noun = "draft" if version.submitted_position is None else "version"
    position = move(
        act, ledger, version, Action.WITHDRAW, permitted, {"reason": draft.reason}, noun=noun
    )
    version.withdrawn_position = position
    version.withdrawn_reason = draft.reason
    act.session.flush()
    refresh(act.session, [version.use_case_id], position)
    return version


def declare_year(act: Act, city_code: str, draft: YearDraft) -> YearDeclaration:
    """Records the city's own word for a year; a later word replaces it from then on."""
    city = _city(act, city_code)
    role = check(act.actor, Action.DECLARE_YEAR, Subject(city_id=city.id))
    if draft.year > today(act.clock()).year:
        raise InvalidInput([FieldProblem("/year", "in_the_future")])
    ledger, word = Ledger(act), draft.model_dump(mode="json")
    last = act.session.scalar(
        select(YearDeclaration)
        .where(YearDeclaration.city_id == city.id, YearDeclaration.year == draft.year)
        .order_by(YearDeclaration.position.desc())
        .limit(1)
    )
    before = None if last is None else {name: getattr(last, name) for name in word}
    position = ledger.append(
        "year.declared", role, "city", city.code, {**word, **change(before, word)}
    )
    declaration = YearDeclaration(
        position=position,
        city_id=city.id,
        year=draft.year,
        status=draft.status.value,
        note=draft.note,
        author_id=person(act),
    )
    act.session.add(declaration)
    act.session.flush()
    return declaration


def person(act: Act) -> UUID:
    """The signed-in person; entries and decisions are always somebody's."""
    if act.actor.user_id is None:
        raise SignInRequired
    return act.actor.user_id


_ONCE_APPROVED = frozenset(
    {
        ReviewState.APPROVED,
        ReviewState.SUPERSEDED,
        ReviewState.SUSPENDED,
        ReviewState.REVOKED,
    }
)


def _city(act: Act, code: str) -> City:
    city = act.session.scalar(select(City).where(City.code == code))
    if city is None:
        raise NotFound
    return city


def _known(city_id: int | None) -> int:
    if city_id is None:
        raise NotFound
    return city_id


def _new_draft(
    act: Act, use_case_id: UUID, number: int, draft: UseCaseText, *, written: bool
) -> UseCaseVersion:
    """`written`: the text is the actor's own, not that of the version before."""
    version = UseCaseVersion(
        id=uuid4(),
        use_case_id=use_case_id,
        number=number,
        state=ReviewState.DRAFT.value,
        standard=CURRENT,
        content=draft.content(),
        describes_from=draft.describes_from,
        author_id=person(act),
        edited_by_id=person(act) if written else None,
        revision=1,
        updated_at=act.clock(),
    )
    act.session.add(version)
    act.session.flush()
    return version


def _only_own(act: Act, city_id: int, draft: UseCaseText) -> None:
    own = set(
        act.session.scalars(
            select(Problem.id).where(Problem.id.in_(draft.problem_ids), Problem.city_id == city_id)
        )
    )
    not_own = [
        FieldProblem(f"/problem_ids/{index}", "unknown_choice")
        for index, problem_id in enumerate(draft.problem_ids)
        if problem_id not in own
    ]
    not_own += foreign(
        act.session,
        city_id,
        ((f"/evidence/{index}/file", item.file) for index, item in enumerate(draft.evidence)),
    )
    if not_own:
        raise InvalidInput(not_own)


def _withdrawn_problems(act: Act, draft: UseCaseText) -> list[FieldProblem]:
    withdrawn = set(
        act.session.scalars(
            select(Problem.id).where(
                Problem.id.in_(draft.problem_ids), Problem.withdrawn_position.is_not(None)
            )
        )
    )
    return [
        FieldProblem(f"/problem_ids/{index}", "problem_withdrawn")
        for index, problem_id in enumerate(draft.problem_ids)
        if problem_id in withdrawn
    ]


def _store_parts(act: Act, version: UseCaseVersion, draft: UseCaseText) -> None:
    entries = draft.stage_entries()
    act.session.add_all(
        VersionProblem(version_id=version.id, problem_id=problem_id)
        for problem_id in draft.problem_ids
    )
    act.session.add_all(
        VersionStage(
            version_id=version.id,
            ordinal=ordinal,
            stage=entry.stage.value,
            since=str(entry.since),
            # Certain on no day at all when the next stage may have begun as early.
            period=Range(start, end) if end is None or start < end else Range(empty=True),
        )
        for ordinal, (entry, (start, end)) in enumerate(
            zip(entries, stage_periods(entries), strict=True)
        )
    )
    act.session.add_all(
        Evidence(
            version_id=version.id,
            ordinal=ordinal,
            url=item.url or None,
            file_sha256=bytes.fromhex(item.file) or None,
            title=item.title,
            published=None if item.published is None else str(item.published),
        )
        for ordinal, item in enumerate(draft.evidence)
    )
    act.session.flush()
