"""Home, the verify box, the third question, and the demonstration's place in the frame."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from meguri.kit.models import User
from meguri.kit.problems import Refused
from meguri.kit.web import inbox
from meguri.kit.web.confidence import LEVELS
from meguri.kit.words import given
from meguri.portal.web.finding import address
from meguri.reference import Confidence

ACT = "0123456789abcdef" * 4
TOKEN = "Zk3xq0P-_a8dLq0P-_a8dLq0P-_a8dLq"


@pytest.mark.parametrize(
    ("pasted", "path"),
    [
        (ACT, f"/journal/acts/{ACT}"),
        (f"  {ACT.upper()} ", f"/journal/acts/{ACT}"),
        (f"act:{ACT}", f"/journal/acts/{ACT}"),
        ("7Q2M0KZX9A", "/lots/7Q2M0KZX9A"),
        ("7q2m0kzx9a", "/lots/7Q2M0KZX9A"),
        ("lot:7Q2M0KZX9A", "/lots/7Q2M0KZX9A"),
        ("case:7Q2M0KZX9A", "/cases/7Q2M0KZX9A"),
        (TOKEN, f"/share/{TOKEN}"),
        (f"https://somewhere.example/share/{TOKEN}", f"/share/{TOKEN}"),
        ("https://somewhere.example/may-it-move?from=MYS&to=JPN", "/may-it-move?from=MYS&to=JPN"),
    ],
)
def test_what_is_pasted_leads_to_its_page(pasted, path):
    assert address(pasted) == path


@pytest.mark.parametrize(
    "pasted", ["?", "lot:", "lot:../../etc", "javascript:alert(1)", "https://evil.example//x", "short"]
)
def test_what_has_no_shape_is_refused_and_kept(pasted):
    with pytest.raises(Refused, match="no act, lot or link"):
        address(pasted)


@pytest.mark.django_db
def test_the_box_says_what_is_wrong_and_keeps_what_was_pasted():
    answer = Client().get("/find", {"what": "<b>?"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'value="&lt;b&gt;?"' in html
    assert "64 hexadecimal digits" in html
    assert Client().get("/find").status_code == 422


@pytest.mark.django_db
def test_an_empty_meguri_says_what_to_do_first_until_there_is_an_account():
    assert "meguri setup --administrator" in Client().get("/").content.decode()
    User.objects.create_user("mina")
    assert "meguri setup --administrator" not in Client().get("/").content.decode()


@pytest.mark.django_db
def test_home_has_the_three_doors_for_anyone():
    html = Client().get("/", headers={"accept-language": "ja"}).content.decode()
    for door in ("動かせますか", "合っていますか", "次はどこへ"):
        assert door in html


@pytest.mark.django_db
def test_what_waits_is_listed_by_due_time_with_its_consequence(monkeypatch):
    later, sooner = datetime(2025, 11, 1, tzinfo=UTC), datetime(2025, 10, 3, tzinfo=UTC)

    refused = given({"en": "It is refused", "ja": "拒否"})

    def waiting(reader):
        assert reader.user is not None
        yield inbox.Waiting(given({"en": "No date", "ja": "期日なし"}), None, "", "", "/c")
        yield inbox.Waiting(given({"en": "Second", "ja": "二番目"}), later, refused, "Art. 6", "/b")
        yield inbox.Waiting(given({"en": "First", "ja": "一番目"}), sooner, refused, "Art. 5", "/a")

    monkeypatch.setattr(inbox, "_waiting", [waiting])
    monkeypatch.setattr(
        inbox, "_changes", [lambda after: [inbox.ComingLaw(date(2027, 1, 1), "New rule", "OJ", "high")]]
    )
    client = Client()
    client.force_login(User.objects.create_user("mina"))
    html = client.get("/", headers={"accept-language": "ja"}).content.decode()
    assert html.index("一番目") < html.index("二番目") < html.index("期日なし")
    assert "拒否" in html
    assert "Art. 5" in html
    assert "2027年1月1日(金)" in html


@pytest.mark.django_db
def test_legs_are_measured_one_at_a_time_and_lead_to_the_plans():
    html = Client().get("/next", {"origin_port": "MYPKG", "destination_port": "JPTYO"}).content.decode()
    assert 'href="/plan/"' in html
    assert "km" in html
    assert "data-map=" in html
    other = Client().get("/next", {"origin_port": "MYPKG", "destination_port": "JPUKB"}).content.decode()
    assert html.split('class="big"')[1].split("</p>")[0] != other.split('class="big"')[1].split("</p>")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(("origin", "field"), [("MYPKX", "origin_port"), ("JPTYO", "destination_port")])
def test_ports_that_cannot_be_are_named_at_their_field(origin, field):
    answer = Client().get("/next", {"origin_port": origin, "destination_port": "JPTYO"})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()


def test_pages_and_tables_mark_confidence_alike():
    for word in (
        "sourced",
        "primary_text",
        "high",
        "derived",
        "secondary",
        "medium",
        "memory",
        "assumed",
        "low",
        "missing",
    ):
        assert LEVELS[word].mark == Confidence.of(word).mark, word


@pytest.mark.django_db
@pytest.mark.parametrize("pasted", ["http://[half", "https://elsewhere.example/lots/..//evil.example"])
def test_a_link_that_is_none_is_said_to_be_none(pasted):
    assert Client().get("/find", {"what": pasted}).status_code == 422
