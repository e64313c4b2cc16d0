"""The city's desk: a draft handed to the signers, and many submitted with one letter."""

from collections.abc import Mapping
from uuid import UUID

from registry.actions.act import Act
from registry.actions.declare import person, submit
from registry.actions.moves import lock_version, permit
from registry.actions.notify import tell
from registry.domain.errors import InvalidInput, RegistryError
from registry.domain.intake import HandOverDraft, SubmissionDraft
from registry.domain.messages import MessageKind
from registry.domain.model import Action
from registry.domain.rules import missing_for_submission
from registry.domain.use_case import read_text
from registry.queries.addressees import city_signers, entry
from registry.queries.moments import today
from registry.queries.people import name_of


def hand_over(act: Act, version_id: UUID, revision: int, draft: HandOverDraft) -> None:
    """Asks the city's signers to read a complete draft and to submit it.

    Raises InvalidInput naming everything that is missing.
    """
    version, subject = lock_version(act, version_id, revision)
    permit(act.actor, Action.EDIT, subject)
    problems = missing_for_submission(
        read_text(version.standard, version.content).upgraded(), today(act.clock())
    )
    if problems:
        raise InvalidInput(problems)
    about = entry(act.session, version_id, act.clock())
    signers = city_signers(act.session, about.city_id)
    tell(
        act,
        MessageKind.MENTION,
        [signer for signer in signers if signer not in {act.actor.user_id, version.edited_by_id}],
        link=about.link,
        city_vi=about.city_vi,
        city_en=about.city_en,
        use_case=about.use_case,
        version=about.version,
        title_vi=about.title_vi,
        title_en=about.title_en,
        by=name_of(act.session, person(act)),
        note=draft.note,
    )


def submit_together(
    act: Act, chosen: Mapping[UUID, int], letter: SubmissionDraft
) -> dict[UUID, RegistryError]:
    """Submits versions, each at the revision its signer read, with one letter.

    All or none: what refused each is given back, nothing where all were submitted.
    """
    refused: dict[UUID, RegistryError] = {}
    with act.session.begin_nested() as attempt:
        for version_id, revision in chosen.items():
            try:
                submit(act, version_id, revision, letter)
            except RegistryError as error:
                refused[version_id] = error
        if refused:
            attempt.rollback()
    return refused
