"""Reminding a city that an entry has to be confirmed: each person once for each reminder."""

from datetime import date

from sqlalchemy import select

from registry.actions.act import Act
from registry.actions.notify import tell
from registry.db.tables import AttestationReminder
from registry.domain.messages import MessageKind
from registry.queries.addressees import city_people, entry
from registry.queries.staying import Live


def remind(act: Act, kept: Live, on: date) -> None:
    """Tells the people of the city, as far as they have not heard it of this due day.

    After a worker's absence only the latest of several reminders is sent.
    """
    term = kept.term
    days_before = term.reminder(on)
    if days_before is None or kept.reported(on):
        return
    told = select(AttestationReminder.user_id).where(
        AttestationReminder.use_case_id == kept.use_case_id,
        AttestationReminder.due_on == term.due_on,
        AttestationReminder.days_before <= days_before,
    )
    people = sorted(set(city_people(act.session, kept.city_id)) - set(act.session.scalars(told)))
    if not people:
        return
    about = entry(act.session, kept.version_id, act.clock())
    tell(
        act,
        MessageKind.DEADLINE,
        people,
        link=f"/desk/{about.city_code}/attestations",
        city_vi=about.city_vi,
        city_en=about.city_en,
        use_case=about.use_case,
        title_vi=about.title_vi,
        title_en=about.title_en,
        due_on=term.due_on.isoformat(),
    )
    act.session.add_all(
        AttestationReminder(
            use_case_id=kept.use_case_id,
            due_on=term.due_on,
            days_before=days_before,
            user_id=user_id,
            told_at=act.clock(),
        )
        for user_id in people
    )
    act.session.flush()
