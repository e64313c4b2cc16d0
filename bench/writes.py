"""The registrar's desk at rush hour: submitting and deciding, one by one and all at once (P10)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from api.deps import utc_now
from bench.budgets import Bound, Line, at_most, ratio
from bench.replay import play, recording
from registry.actions import declare, leases, review
from registry.actions.act import Act
from registry.db.engine import service_engine, sessions, transaction
from registry.domain.errors import Stale
from registry.domain.intake import DecisionDraft
from registry.domain.model import Action, Actor
from registry.settings import Settings
from tests.factories import LETTER, World
from tests.postgres import new_database, opened

CITIES = 10
PER_CITY = 15
ROUNDS = 3
DECIDERS = 30
# The first ones of a run pay for what is then kept: plans, compiled statements.
WARM_UP = 20

_APPROVAL = DecisionDraft.read({"reason": "", "ai_confirmed": True})


@dataclass(frozen=True, slots=True)
class Pile:
    """Drafts that wait in the base register, each with who may submit it; the reviewers."""

    drafts: Sequence[tuple[UUID, Actor]]
    reviewers: Sequence[Actor]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to every draft of the pile, by its city or by a reviewer."""

    name: str
    by_city: bool
    do: Callable[[Act, UUID], object]


_STEPS = (
    Step("submit", True, lambda act, version: declare.submit(act, version, 1, LETTER)),
    Step("take up", False, lambda act, version: leases.claim(act, version, 2)),
    Step(
        "decide",
        False,
        lambda act, version: review.decide(act, version, Action.APPROVE, _APPROVAL, 3),
    ),
)


def measure(url: URL, migrated: str) -> Iterator[Line]:
    """`migrated`: the name of an empty register; the work is done on copies of it."""
    with new_database(url, migrated) as base, TemporaryDirectory() as folder:
        with opened(base) as database:
            pile = _pile(World(sessions(database.service), utc_now))
        scripts = [Path(folder) / f"{step.name}.sql" for step in _STEPS]
        with _copy(url, base) as engine:
            for step, script in zip(_STEPS, scripts, strict=True):
                with recording(engine) as tape:
                    _walk(engine, pile, step)
                tape.write(script)
        own, bare, replayed = [], [], []
        for _ in range(ROUNDS):
            with _copy(url, base) as engine:
                own.append([_walk(engine, pile, step) for step in _STEPS])
            with _copy(url, base) as engine, _without_upkeep():
                bare.append([_walk(engine, pile, step) for step in _STEPS])
            with new_database(url, str(base.database)) as copy:
                replayed.append([len(pile.drafts) / play(copy, script) for script in scripts])
        for number, step in enumerate(_STEPS):
            mine, free, theirs = (median(r[number] for r in runs) for runs in (own, bare, replayed))
            yield ratio("P10", step.name, 0.5, mine, theirs, "the same SQL by pgbench")
            if step.name != "take up":
                what = f"{step.name}, keeping `standing` true"
                yield ratio("P7", what, 0.5, mine, free, "without")
        with _copy(url, base) as engine:
            yield from _all_at_once(engine, pile)


def _pile(world: World) -> Pile:
    drafts = []
    for _ in range(CITIES):
        city = world.city()
        signer = world.signer(city)
        problem = world.problem(signer, city)
        drafts += [(world.draft(signer, city, [problem]), signer) for _ in range(PER_CITY)]
    # Nobody else decides what one has taken up: one reviewer, in as many windows.
    return Pile(drafts, [world.reviewer()] * DECIDERS)


@contextmanager
def _copy(url: URL, base: URL) -> Iterator[Engine]:
    """The service's own connections to a copy of the base register."""
    with new_database(url, str(base.database)) as copy:
        engine = service_engine(Settings(database_url=copy.render_as_string(hide_password=False)))
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _without_upkeep() -> Iterator[None]:
    with (
        patch.object(declare, "refresh", lambda *_: None),
        patch.object(review, "refresh", lambda *_: None),
    ):
        yield


def _walk(engine: Engine, pile: Pile, step: Step) -> float:
    """Does the step to every draft, each in its own transaction; how many a second."""
    factory = sessions(engine)
    began = 0.0
    for number, (version, signer) in enumerate(pile.drafts):
        if number == WARM_UP:
            began = perf_counter()
        with transaction(factory) as session:
            actor = signer if step.by_city else pile.reviewers[0]
            step.do(Act(session, actor, utc_now), version)
    return (len(pile.drafts) - WARM_UP) / (perf_counter() - began)


def _all_at_once(engine: Engine, pile: Pile) -> Iterator[Line]:
    """An entry is decided in every window in the same moment."""
    factory = sessions(engine)
    version, signer = pile.drafts[0]
    for step in _STEPS[:2]:
        with transaction(factory) as session:
            actor = signer if step.by_city else pile.reviewers[0]
            step.do(Act(session, actor, utc_now), version)
    together = threading.Barrier(len(pile.reviewers))
    told: list[float] = []
    winners: list[Actor] = []

    def decide(reviewer: Actor) -> None:
        with factory() as session:
            session.connection()
            together.wait()
            began = perf_counter()
            try:
                _STEPS[2].do(Act(session, reviewer, utc_now), version)
                session.commit()
                winners.append(reviewer)
            except Stale:
                session.rollback()
            told.append(perf_counter() - began)

    threads = [threading.Thread(target=decide, args=[who]) for who in pile.reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(told) != len(pile.reviewers):
        raise RuntimeError("a decider was neither told nor refused")
    how = f"{len(pile.reviewers)} on one entry; the middle one {median(told) * 1000:.0f} ms"
    yield Line("P10", "deciders who win", Bound.EXACTLY, 1, len(winners), "", how)
    yield at_most("P10", "the last one is told after", 1, max(told), "s", how)
