"""Whatever the law asks for, the tables can carry it: from the verdict through every track to a case that may move."""

from __future__ import annotations

from datetime import timedelta

import pytest
from consent_cast import CASE, DOE, EXPORTER, IMPORTER, NOW, SMELTER, case, said, step
from msgspec.structs import replace

from meguri import law
from meguri.consent import acts
from meguri.consent.case import notification, standing
from meguri.consent.tracks import authorities, open_steps

SURE = "hazardous=true;rcra_hazardous=true;facility_authorised=true;facility_preconsented=false"
ROUTES = [
    ("circuit-boards", "MYS", "", "JPN", "basel:A1181", SURE),
    ("circuit-boards", "MYS", "SGP", "JPN", "basel:A1181", SURE),
    ("circuit-boards", "PHL", "TWN", "JPN", "basel:A1181;basel:Y31", SURE),
    ("circuit-boards", "USA", "", "JPN", "basel:A1181;basel:Y31", SURE),
    ("circuit-boards", "USA", "", "KOR", "basel:A1181", SURE),
    ("circuit-boards", "GBR", "", "JPN", "basel:Y49", "hazardous=false;facility_authorised=true"),
    ("circuit-boards", "DEU", "", "JPN", "basel:Y49", "hazardous=false;facility_preconsented=false"),
    ("lithium-ion-packs", "IND", "", "JPN", "basel:A1170", "hazardous=true"),
    ("lead-acid-batteries", "VNM", "", "KOR", "basel:A1160", "hazardous=true;drained=true;intact=true"),
    ("circuit-boards", "THA", "", "JPN", "basel:A1181", SURE),
    ("circuit-boards", "JPN", "", "KOR", "basel:A1181", SURE),
]
GRANTING = ("check", "transmit", "apply", "acknowledge", "note", "consent", "approve", "acknowledge_consent")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: "-".join(filter(None, (route[1], route[2], route[3]))))
def test_a_case_can_be_carried_to_all_its_consents(record, route):
    stream, origin, via, destination, codes, facts = route
    question = law.Question.parse(
        on="2025-10-15", stream=stream, origin=origin, destination=destination, operation="R4", via=via, codes=codes,
        facts=facts,
    )  # fmt: skip
    verdict = law.decision(law.verdict(question))
    assert verdict.verdict == "allowed_pic", verdict.grounds
    needs = verdict.consents
    assert needs
    for need in needs:
        record.states[f"organisation:{need.authority}"] = record.states[DOE]
    record.states["facility:plant"] = replace(record.states["facility:plant"], economy=destination)
    body = acts.Notify(
        case=CASE, number=notification.number(CASE, verdict, NOW), exporter=EXPORTER,
        importer=IMPORTER, operator=SMELTER, facility="plant", description="d", total_g=10**6, shipments=1,
        period_from=NOW.date(), period_to=NOW.date() + timedelta(days=300), verdict=verdict,
        asked=authorities.asked(needs, NOW.date()),
    )  # fmt: skip
    said(record, EXPORTER, "consent.notify", body, NOW)
    at = NOW
    for _ in range(60):
        at += timedelta(days=1)
        turns = [
            (GRANTING.index(offer.row.transition), offer.track.key, who, offer.row.transition)
            for who in case(record).organisations
            for offer in open_steps.offers(case(record), who, at)
            if offer.row.transition in GRANTING and offer.closed is None
        ]
        if not turns:
            break
        _, track, who, transition = min(turns)
        step(record, who, track, transition, at)
    found = standing.of(case(record), at)
    assert (found.word, [track.key for track in found.missing]) == ("clear", [])
    assert all(track.visible_since for track in case(record).tracks)


def test_japan_consents_in_writing_by_whatever_route():
    for stream, origin, via, destination, codes, facts in ROUTES:
        if destination != "JPN":
            continue
        question = law.Question.parse(
            on="2025-10-15", stream=stream, origin=origin, destination=destination, operation="R4", via=via,
            codes=codes, facts=facts,
        )  # fmt: skip
        tracks = authorities.asked(law.decision(law.verdict(question)).consents, NOW.date())
        forms = {track.form for track in tracks if track.economy == "JPN"}
        assert "tacit" not in forms, origin
    assert not law.end_rule("jpn-moej", "JPN").silence
