"""The scribe's room: the documents that are copies of tables in the code.

`python -m tests.documents` writes them; a test refuses copies that are not current.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.audience import Audience, Guard, OpenDoor
from registry.domain.error_reports import ENDED, MOVES, ReportState
from registry.domain.model import (
    LIVE_STATES,
    OPEN_STATES,
    PUBLIC_STATES,
    REASON_REQUIRED,
    Action,
    ReviewState,
    Role,
)
from registry.domain.permissions import RULES
from registry.domain.standard import STANDARD, Field, Words, code_lists
from registry.domain.workflow import NEWEST_ONLY, TRANSITIONS
from registry.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs"
_MADE = "<!-- Made by `python -m tests.documents`; do not edit. -->"
# The door of the assets: nothing behind it depends on who asks.
_UNGUARDED = {"/static/{path:path}"}
_ALONE = {
    Action.REVISE: "revise (opens the next version)",
    Action.SUPERSEDE: "supersede (when the next version is approved)",
}


def workflow() -> str:
    arrows = [
        f"    {state} --> {to}: {_ALONE.get(action, action.value)}"
        for (state, action), to in TRANSITIONS.items()
    ]
    leaving = {state for state, _ in TRANSITIONS}
    ends = [f"    {state} --> [*]" for state in ReviewState if state not in leaving]
    moves = [
        (
            state.value,
            action.value,
            to.value,
            _who(action),
            _yes(action in REASON_REQUIRED),
            _yes(action in NEWEST_ONLY),
        )
        for (state, action), to in TRANSITIONS.items()
    ]
    states = [
        (
            state.value,
            _yes(state in OPEN_STATES),
            _yes(state in LIVE_STATES),
            _yes(state in PUBLIC_STATES),
        )
        for state in ReviewState
    ]
    return _document(
        "How a version moves",
        "From `TRANSITIONS` in `registry/domain/workflow.py`, the only table along which the state"
        " of a version changes.",
        "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> draft", *arrows, *ends, "```"]),
        "## Moves",
        "Whoever decides is never the author or the submitter of the version, nor a member of its"
        " city. *Newest only*: refused when a newer version of the same use case is open or was"
        " ever approved.",
        _table(("From", "Action", "To", "Who", "Reason needed", "Newest only"), moves),
        "## States",
        "*Open*: at most one version of a use case, being written or reviewed. *Live*: at most one,"
        " approved and not ended. *Public*: anyone may read it.",
        _table(("State", "Open", "Live", "Public"), states),
        "## How a report of an error moves",
        "From `MOVES` in `registry/domain/error_reports.py`. A reviewer dismisses, forwards,"
        " returns an answer that does not suffice, and closes; the city answers, the reporter"
        " withdraws. A report that is forwarded is closed"
        " without an answer only once the city's last day is past.",
        "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> received", *_reports(), "```"]),
    )


def _reports() -> list[str]:
    return [
        *(f"    {state} --> {to}: {act.value}" for (state, act), to in MOVES.items()),
        *(f"    {state} --> [*]" for state in ReportState if state in ENDED),
    ]


def permissions() -> str:
    rows = [
        (action.value, *(_where(RULES[role].get(action)) for role in Role)) for action in Action
    ]
    return _document(
        "Who may do what",
        "From `RULES` in `registry/domain/permissions.py`, the only place that knows. An empty cell"
        " is a refusal. Nobody supersedes by hand: it follows from an approval.",
        _table(("Action", *(role.value for role in Role)), rows),
    )


def routes() -> str:
    return _document(
        "Every door, and whom it opens for",
        "From the guards of the routes (`api/audience.py`). What somebody may do behind a door is"
        " asked again by each act: see permissions.md.",
        _table(("For", "Method", "Path"), [(a, m, f"`{path}`") for a, m, path in census()]),
    )


def standard() -> str:
    """Both languages side by side: a field has one meaning."""
    current = STANDARD
    parts: list[str] = []
    for section in current.sections:
        parts += [f"## {_both(section.name)}", _fields(section.fields)]
        for field in section.fields:
            if field.parts:
                parts += [f"### {_both(field.label)} (`{field.name}`)", _fields(field.parts)]
    rules = [
        (rule.outcome.value, ", ".join(f"`{n}`" for n in rule.fields), _both(rule.words, "<br>"))
        for rule in current.rules
    ]
    lists = [
        part
        for name, codes in code_lists(current).items()
        for part in (
            f"### {_both(codes.label)} (`{name}`)",
            _table(
                ("Code", "Tiếng Việt", "English"),
                [(f"`{code.value}`", words.vi, words.en) for code, words in codes.terms.items()],
            ),
        )
    ]
    return _document(
        _both(current.name),
        f"From `registry/domain/standards/{current.version}.toml`, of which form, API and"
        f" spreadsheet are made too. In force from {current.in_force_from.isoformat()}. The service"
        " shows it at `/vi/standard` and `/en/standard`, to programs at"
        f" `/api/v1/standards/{current.version}` (with `/schema.json` as JSON Schema).",
        "*required*: nothing is submitted without it. *expected*: the reviewer is shown that it is"
        " missing. *optional*: as the city likes; a blank never means “no”. A need with a stage"
        " holds from that stage on. Fields marked † may be withheld from the public for a time.",
        *parts,
        "## Vấn đề bức thiết · A pressing problem",
        _fields(current.problem),
        "## Quy tắc giữa các mục · Rules between the fields",
        "*refused*: nothing is submitted against it. *asked*: the reviewer is shown it.",
        _table(("Outcome", "Fields", "Rule"), rules),
        "## Bảng mã · Code lists",
        *lists,
    )


def census() -> list[tuple[str, str, str]]:
    """Every route as (audience, method, path), sorted; "nobody said" where a guard is missing."""
    doors = []
    for context in iter_route_contexts(create_app(Settings()).routes):
        path = context.path or ""
        # Of the route as it is reached, with what the routers around it ask for.
        guards = () if path in _UNGUARDED else context.dependant.dependencies
        said = {g.call.audience.value for g in guards if isinstance(g.call, Guard | OpenDoor)}
        if path in _UNGUARDED:
            said = {Audience.PUBLIC.value}
        audience = " and ".join(sorted(said)) or "nobody said"
        doors += [(audience, method, path) for method in (context.methods or set()) - {"HEAD"}]
    return sorted(doors)


def documents() -> dict[Path, str]:
    return {
        FOLDER / "workflow.md": workflow(),
        FOLDER / "permissions.md": permissions(),
        FOLDER / "routes.md": routes(),
        FOLDER / "standard.md": standard(),
    }


def _fields(fields: Sequence[Field]) -> str:
    rows = [
        (
            f"`{field.name}`{'†' if field.withholdable else ''}",
            _both(field.label, "<br>"),
            field.kind.value + (f" of `{field.codes}`" if field.codes else ""),
            field.need.value + (f" from {field.start.value}" if field.start else ""),
            _both(field.help, "<br>"),
            _both(field.example, "<br>"),
        )
        for field in fields
    ]
    return _table(("Name", "Label", "Kind", "Need", "Help", "Example"), rows)


def _both(words: Words, between: str = " · ") -> str:
    return words.vi if words.vi == words.en else f"{words.vi}{between}{words.en}"


def _who(action: Action) -> str:
    return ", ".join(role.value for role in Role if action in RULES[role])


def _where(rule: Callable[..., None] | None) -> str:
    return "" if rule is None else (rule.__doc__ or "")


def _yes(true: bool) -> str:
    return "yes" if true else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _document(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _MADE, *parts]) + "\n"


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
