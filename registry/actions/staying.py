"""The city's desk, after approval: it reports that an application pauses or ends, and says once
a year that the rest is still true."""

from uuid import UUID

from sqlalchemy import func, select

from registry.actions.act import Act
from registry.actions.declare import person
from registry.actions.ledger import Ledger
from registry.actions.standing import refresh
from registry.db.tables import Attestation, StageReport, UseCase, UseCaseVersion
from registry.domain.counting import report_in_effect
from registry.domain.errors import InvalidInput, NotFound, ReportedOtherwise, Stale, WrongState
from registry.domain.intake import AttestationDraft, StageReportDraft
from registry.domain.model import LIVE_STATES, PUBLIC_STATES, Action, ReviewState, Subject
from registry.domain.permissions import check
from registry.domain.reporting import report_problems
from registry.domain.use_case import read_text
from registry.queries.histories import reports_since
from registry.queries.moments import today


def report_stage(act: Act, use_case_code: str, draft: StageReportDraft) -> StageReport:
    """Records that a live application is suspended or retired from a day on.

    Raises InvalidInput for a day that does not fit what is known, WrongState where nothing is live.
    """
    use_case = _use_case(act, use_case_code)
    role = check(act.actor, Action.REPORT_STAGE, Subject(city_id=use_case.city_id))
    ledger = Ledger(act)
    version = _live_version(act, use_case.id)
    stages = read_text(version.standard, version.content).stage_entries()
    reports = reports_since(act.session, use_case.id, version.submitted_position)
    problems = report_problems(stages, reports, draft.stage, draft.effective_on, today(act.clock()))
    if problems:
        raise InvalidInput(problems)
    position = ledger.append(
        "use_case.stage_reported",
        role.value,
        "use_case",
        use_case.code,
        {"version": version.number, **draft.model_dump(mode="json")},
    )
    report = StageReport(
        position=position,
        use_case_id=use_case.id,
        stage=draft.stage.value,
        effective_on=draft.effective_on,
        reason=draft.reason,
        author_id=person(act),
    )
    act.session.add(report)
    act.session.flush()
    refresh(act.session, [use_case.id], position)
    return report


def attest(act: Act, use_case_code: str, draft: AttestationDraft) -> Attestation:
    """Records the city's word that its live version is still true; twice in a day is once.

    Raises Stale where another version is live by now, ReportedOtherwise where the city itself
    reported a stage that the text does not tell.
    """
    use_case = _use_case(act, use_case_code)
    role = check(act.actor, Action.ATTEST, Subject(city_id=use_case.city_id))
    ledger = Ledger(act)
    version = _live_version(act, use_case.id)
    if version.number != draft.version:
        raise Stale
    if version.state != ReviewState.APPROVED:
        raise WrongState
    on = today(act.clock())
    reports = reports_since(act.session, use_case.id, version.submitted_position)
    if report_in_effect(reports, on) is not None:
        raise ReportedOtherwise
    given = act.session.scalar(
        select(Attestation).where(
            Attestation.version_id == version.id, Attestation.attested_on == on
        )
    )
    if given is not None:
        return given
    position = ledger.append(
        "use_case.attested",
        role.value,
        "use_case",
        use_case.code,
        {
            "version": version.number,
            "content_sha256": (version.content_hash or b"").hex(),
            "note": draft.note,
        },
    )
    attestation = Attestation(
        position=position,
        use_case_id=use_case.id,
        version_id=version.id,
        attested_on=on,
        note=draft.note,
        author_id=person(act),
    )
    act.session.add(attestation)
    act.session.flush()
    return attestation


def _use_case(act: Act, code: str) -> UseCase:
    """Raises NotFound where there is none that the actor may know of."""
    use_case = act.session.scalar(select(UseCase).where(UseCase.code == code))
    if use_case is None:
        raise NotFound
    public = act.session.scalar(
        select(func.count()).where(
            UseCaseVersion.use_case_id == use_case.id, UseCaseVersion.state.in_(PUBLIC_STATES)
        )
    )
    if not public and use_case.city_id not in act.actor.city_ids:
        raise NotFound
    return use_case


def _live_version(act: Act, use_case_id: UUID) -> UseCaseVersion:
    """Raises WrongState where no version is live."""
    version = act.session.scalar(
        select(UseCaseVersion).where(
            UseCaseVersion.use_case_id == use_case_id, UseCaseVersion.state.in_(LIVE_STATES)
        )
    )
    if version is None:
        raise WrongState
    return version
