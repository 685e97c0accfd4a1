"""Two at once open slots that exclude each other, or one of them lets somebody go whom the other needs."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal import clock
from portal.booking.models import Office, Resource
from portal.booking.offering import Terms
from portal.booking.series import Span
from portal.db import db
from portal.programmes.models import service_called
from tests import naive, races
from tests.conftest import Databases, make_app

ROUNDS = 15


class Scene:
    """Rounds of one race: for each an hour, and two slots for it that people who must not meet would come to."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.app = make_app(url, folder)
        with self.app.app_context():
            office = db.session.scalars(select(Office.id)).first()
            services = [service_called(code) for code in ("a1", "d1")]
            people = [Resource(kind="interviewer", name=f"Osoba {n}") for n in range(2 * ROUNDS)]
            db.session.add_all(people)
            db.session.commit()
            assert office
            begin = clock.now() + timedelta(days=200)  # beyond the slots of the demo
            self.rounds = [
                {
                    "span": Span(begin + timedelta(days=n), begin + timedelta(days=n, minutes=45)),
                    "terms": [
                        Terms(service.id, office, person.id, 1)
                        for service, person in zip(services, people[2 * n :], strict=False)
                        if service
                    ],
                }
                for n in range(ROUNDS)
            ]
            db.session.remove()
            db.engine.dispose()

    def run(self, runner: races.Runner) -> Counter[tuple[Any, ...]]:
        """How often each pair of answers came."""
        told = races.race(races.in_rounds, 2, self.url, self.folder, one=runner, rounds=self.rounds)
        return Counter(zip(*told, strict=True))


@pytest.fixture
def scene(kind: str, databases: Databases, tmp_path: Path) -> Scene:
    return Scene(databases.filled(kind, tmp_path), tmp_path)


def test_of_two_slots_that_are_too_near_one_is_opened(scene: Scene) -> None:
    """R95, whoever is first."""
    ends = {tuple(sorted(answers)) for answers in scene.run(races.offer_slot)}
    assert ends == {("open", "too_near")}


def test_nobody_leaves_whom_a_new_slot_needs(scene: Scene) -> None:
    ends = {tuple(sorted(answers)) for answers in scene.run(races.offer_or_leave)}
    assert ends <= {("away", "left"), ("needed", "open")}, ends


def test_the_naive_twin_opens_both(scene: Scene) -> None:
    assert ("open", "open") in scene.run(naive.offer_slot), "the race is too tame to prove anything"


def test_the_naive_twin_leaves_a_slot_without_its_interviewer(scene: Scene) -> None:
    ends = {tuple(sorted(answers)) for answers in scene.run(naive.offer_or_leave)}
    assert ("left", "open") in ends, "the race is too tame to prove anything"
