"""What all cases plan under a licence with a limited quantity, on a real record: at once, and taken back."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from consent_browser import signed_in
from consent_cast import KG
from consent_room import MOEJ, TO_CONSENT, ask, certify_japan, notify, steps
from django.db import connection, connections

from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.journal.log import verification
from meguri.kit.problems import Conflict, MeguriError, Refused
from meguri.movement import services as movements
from meguri.movement.states import LotMass
from meguri.registry import services as registry
from meguri.registry.states import Scope

DAY = date(2025, 11, 19)
SELLER = "organisation:seller"


def planned(case, lot, grams, **more):
    given = {"case": case, "carrier": "ship", "port_from": "MYPKG", "port_to": "JPTAK", "planned_on": DAY} | more
    return movements.plan("seller", [LotMass(lot, grams)], **given)


@pytest.fixture
def two_cases(cast):
    """Two cases that rest on one certificate, which is for 3,000 kg a year, and a lot for each."""
    certify_japan()
    cast("2025-10-01")
    licence = registry.licence_called("15-1")
    registry.step(licence, "vary", "Less", scope=Scope(grams=3000 * KG, per="year"), actor=MOEJ)
    lots = [custody.collect(SELLER, "yard", "circuit-boards", 2000 * KG) for _ in range(2)]
    cases = [notify(ask()) for _ in range(2)]
    for case in cases:
        cast("2025-10-01")
        steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    return licence, cases, lots


@pytest.mark.django_db
def test_the_second_case_finds_what_the_first_has_left(two_cases):
    licence, (one, two), (first, second) = two_cases
    movement = planned(one, first, 2000 * KG)
    with pytest.raises(Conflict) as refused:
        planned(two, second, 2000 * KG)
    (problem,) = refused.value.problems
    assert (problem.code, problem.params["left"]) == ("licence-tonnes", "1\u202f000.000")
    address, said = f"/registry/licences/{licence}?lang=en", "Planned under it so far"
    assert said in signed_in(MOEJ).get(address).content.decode()
    assert said not in signed_in(SELLER).get(address).content.decode()
    third = custody.collect(SELLER, "yard", "circuit-boards", 1000 * KG)
    planned(two, third, 1000 * KG)
    movements.cancel("seller", movement, "Not this year")
    assert registry.use_of(licence) == {"2025": 1000 * KG}
    journal.seal()
    assert not verification.verify().findings
    assert journal.rebuild(check=True).identical


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_plan_at_once_one_finds_nothing_left(two_cases):
    licence, cases, lots = two_cases
    answers = []
    ready = threading.Barrier(2)

    def go(case, lot):
        try:
            ready.wait(timeout=30)
            planned(case, lot, 2000 * KG)
            answers.append("planned")
        except MeguriError as error:
            answers.append(error.problems[0].code)
        finally:
            connections.close_all()

    both = [threading.Thread(target=go, args=pair) for pair in zip(cases, lots, strict=True)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == ["licence-tonnes", "planned"], (answers, connection.vendor)
    assert registry.use_of(licence) == {"2025": 2000 * KG}


@pytest.mark.django_db
def test_a_case_for_more_than_a_term_has_left_does_not_open(two_cases):
    licence, (one, _), (first, _) = two_cases
    scope = Scope(grams=13_000 * KG, per="term")
    registry.step(licence, "vary", "For the term", scope=scope, actor=MOEJ)
    planned(one, first, 2000 * KG)
    assert registry.use_of(licence) == {"term": 2000 * KG}
    with pytest.raises(Refused) as refused:
        notify(ask(on="2025-11-19"), day="2025-11-19", total_g=12_000 * KG)
    assert [problem.code for problem in refused.value.problems] == ["licence-tonnes"]
