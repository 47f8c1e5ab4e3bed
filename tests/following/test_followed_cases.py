"""A case is followed by who sees it, and what is told of it is seen no longer than the case."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from meguri.following import looking, services, wording
from meguri.following.models import LawAlert
from meguri.kit import clock
from meguri.kit.people import identity
from meguri.kit.problems import NotFound
from meguri.law import verdict
from meguri.law.across import alerts
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
STRANGER = "organisation:stranger"


def test_a_case_is_followed_by_who_sees_it_and_as_long(settings):
    from meguri.consent.models import Case
    from meguri.demonstration import performance, scenario
    from meguri.journal.projections import relations

    settings.DEMONSTRATION = True
    performance.start_over(scenario.load())
    while performance.play_next() is not None:
        pass
    case = Case.objects.first()
    exporter = identity.Reader(organisation=case.exporter, duties=("sign",))
    with pytest.raises(NotFound):
        services.of_case(identity.Reader(organisation=STRANGER, duties=("sign",)), case.id)
    row = services.follow(exporter, *services.of_case(exporter, case.id))
    assert row.watched.said["number"] == case.number
    assert wording.title(row.watched).say().startswith(case.number)
    looking.look(clock.today())
    question = row.watched.said["question"]
    kept = msgspec.to_builtins(alerts.kept(verdict(alerts.question_of(question, clock.today()))))
    change = {"question": question, "before": {**kept, "verdict": "prohibited"}, "after": kept, "because": []}
    told = LawAlert.objects.create(
        watched=row.watched,
        kind=looking.PACK,
        on=clock.today().isoformat(),
        made=row.made + timedelta(seconds=1),
        after="x",
        count=1,
        changes=[change],
    )
    assert services.alerts_of(exporter).count() == 1
    assert wording.line(told).say().startswith(wording.lane(question).say())
    assert case.number in wording.mailed(told).say()
    assert wording.stream(question["stream"]).say() not in wording.mailed(told).say()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relations, "visible", lambda *given: [])
        assert services.hidden_cases(exporter) == [row.watched_id]
        assert services.alerts_of(exporter).count() == 0
    use_clock(None)
