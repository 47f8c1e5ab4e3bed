"""Pages of samples: drawn, laid closed, opened, judged and settled by those who may, in forms with their units."""

from __future__ import annotations

import pytest
from test_assaying import BASALT, BUYER, QUARTZ, UMPIRE, YARD, draw, lots, present  # noqa: F401

from meguri.custody.services import samples
from meguri.play.doors import Pages

pytestmark = pytest.mark.django_db

PAIR = "Au 150 g/t 4 fire-assay\nCu 20 % 0.28"


@pytest.fixture
def signed_in(lots):  # noqa: F811
    pages = Pages()
    return lots, {who: pages._client(who) for who in (YARD, BUYER, UMPIRE)}


def written(page, url):
    return page.get(url).content.decode()


def test_a_sample_goes_through_its_pages(signed_in):
    named, people = signed_in
    form = {
        "lot": named, "side": "buyer", "other": YARD, "umpire": UMPIRE, "witness": YARD, "increments": "40",
        "top_size": "10", "method": "Grab", "reduction": "2 50000 5000\n0.15 5000 900", "moisture": "2",
        "moisture_sd": "0.1", "ignition": "25", "part_g": "200", "seal": "W1", "terms": "Au 97\nCu 96",
    }  # fmt: skip
    answer = people[BUYER].post("/lots/sample", form)
    assert answer.status_code == 302
    url = answer.headers["Location"]
    sample = url.rpartition("/")[2]
    assert sample in written(people[UMPIRE], "/samples/")
    assert people[YARD].post(f"{url}/assay", {"found": PAIR, "laboratory": QUARTZ, "seal": "W1-S"}).status_code == 302
    # One's own result is shown to oneself; the other side sees that it is closed.
    assert "150 g/t" in written(people[YARD], url).replace("\u00a0", " ").replace("\u202f", " ")
    assert "150 g/t" not in written(people[BUYER], url).replace("\u00a0", " ").replace("\u202f", " ")
    assert people[BUYER].post(f"{url}/exchange").status_code == 422
    other = PAIR.replace("150", "185")
    assert people[BUYER].post(f"{url}/provisional", {"found": "Cu 21 % 1 xrf"}).status_code == 302
    assert people[BUYER].post(f"{url}/assay", {"found": other, "laboratory": BASALT, "seal": "W1-B"}).status_code == 302
    assert people[BUYER].post(f"{url}/exchange").status_code == 302
    assert samples.sample(sample).disputed == ("Au",)
    assert people[BUYER].post(f"{url}/settle").status_code == 409
    assert people[UMPIRE].post(f"{url}/umpire", {"found": "Au 160 g/t 4 fire-assay"}).status_code == 302
    assert people[YARD].post(f"{url}/settle").status_code == 302
    told = written(people[BUYER], url)
    assert "Umpire" in told
    assert sample in written(people[BUYER], f"/lots/{named[0]}")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("Au 150", "Au 152 g/t 4 fire-assay"),
        ("Au 150 oz 4 fire-assay", "is no unit"),
        ("Au 15,0 g/t 4 fire-assay", "with a point"),
        ("Au 150 % 4 fire-assay", "between 0 and 100"),
        ("Au 150 g/t 4 xrf", "Nothing is settled"),
        ("", "at least one element"),
    ],
)
def test_a_form_says_what_would_be_right(signed_in, found, said):
    named, people = signed_in
    sample = draw(named)
    answer = people[BUYER].post(f"/samples/{sample}/assay", {"found": found, "laboratory": BASALT, "seal": "W1-B"})
    assert answer.status_code == 422
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("moisture", "-1", "whole number from 0"),
        ("moisture", "wet", "is no number"),
        ("top_size", "big", "is no number"),
        ("reduction", "2 mm", "is no step"),
        ("terms", "Au", "is no term"),
        ("umpire", YARD, "neither a party"),
    ],
)
def test_a_sample_is_written_as_it_can_be(signed_in, field, value, said):
    named, people = signed_in
    form = {
        "lot": named, "side": "buyer", "other": YARD, "umpire": UMPIRE, "increments": "40", "top_size": "10",
        "moisture": "2", "part_g": "200",
    }  # fmt: skip
    answer = people[BUYER].post("/lots/sample", form | {field: value})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_stranger_has_no_sample(signed_in):
    named, people = signed_in
    sample = draw(named, umpire=BASALT)
    for path in ("", "/assay", "/exchange", "/umpire", "/settle", "/provisional"):
        method = people[UMPIRE].get if not path else people[UMPIRE].post
        assert method(f"/samples/{sample}{path}").status_code == 404


def test_a_site_is_reconciled_on_a_page_for_its_own(signed_in):
    _, people = signed_in
    told = written(people[BUYER], "/balance/reconciled?from=2025-09-01&to=2025-10-01")
    assert "exporter yard" in told
    assert people[BUYER].get("/balance/reconciled?site=penang-yard").status_code == 404
    assert people[BUYER].get("/balance/reconciled?from=2020-01-01&to=2025-10-01").status_code == 422
    assert people[BUYER].get("/balance/reconciled?from=soon").status_code == 422
