"""What people write about an entry: the first comment of a thread, and what is said in it later."""

from typing import Annotated

from pydantic import Field

from registry.domain.errors import FieldProblem
from registry.domain.kinds import Draft, Line, Paragraph
from registry.domain.standard import STANDARD
from registry.domain.threads import Saying, Scope


class ThreadDraft(Draft):
    """A city's threads are for the ministry, and the ministry's for the city or internal."""

    field: Line = Field(default="", description="Of the standard; empty: the whole entry.")
    scope: Scope = Scope.CITY
    text: Annotated[Paragraph, Field(min_length=1)]

    def problems(self) -> list[FieldProblem]:
        known = {"", *(field.name for field in STANDARD.fields)}
        return [] if self.field in known else [FieldProblem("/field", "unknown_choice")]


class ReplyDraft(Draft):
    saying: Saying = Saying.SAID
    text: Paragraph = ""

    def problems(self) -> list[FieldProblem]:
        """What was solved may be settled without a word; nothing is reopened without one."""
        if self.text or self.saying is Saying.SETTLED:
            return []
        return [FieldProblem("/text", "required")]
