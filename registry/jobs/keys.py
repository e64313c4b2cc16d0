"""The locksmith: makes a key to an account and mails it to the owner of its address."""

import logging
from uuid import UUID, uuid4

from registry.actions.members import VALID, new_key
from registry.db.engine import transaction
from registry.db.tables import UserAccount
from registry.domain.messages import KeyPurpose, Language, reserved_address, sendable
from registry.jobs import smtp
from registry.jobs.mail import TryAgain
from registry.jobs.paper import written
from registry.jobs.tools import KeyLetter, Tools

log = logging.getLogger("registry")


def send(tools: Tools, *, user_id: str, purpose: str) -> None:
    """The job. A key is good only once it is on its way, and a new one voids those before.

    Where no mail goes out the administrator can hand a key over on the page of the account.
    Raises TryAgain while it is worth another try, smtp.Refused where it is not.
    """
    kind = KeyPurpose(purpose)
    if tools.settings.smtp_url is None:
        return
    with transaction(tools.sessions) as session:
        user = session.get(UserAccount, UUID(user_id))
        if user is None or user.disabled_at is not None or not _reachable(user.email):
            return
        token = new_key(session, user.id, kind, tools.clock())
        letter = KeyLetter(
            purpose=kind,
            link=f"/key/{token}",
            name=user.name,
            language=Language(user.language),
            good_until=tools.clock() + VALID[kind],
        )
        to = user.email
        content = written(tools, to, letter, str(uuid4()))
    try:
        with smtp.addressed(tools.settings, to) as server:
            smtp.hand_over(server, content)
    except smtp.NotNow as error:
        raise TryAgain(str(error)) from error
    except smtp.Unknown as error:
        # It may have arrived: a second one would void the first in its reader's hands.
        log.warning("a key may not have arrived: %s", error)


def _reachable(email: str) -> bool:
    return sendable(email) and not reserved_address(email)
