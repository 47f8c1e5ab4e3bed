"""The pages of the facts: every table opens in both languages with marks and sources, and downloads as CSV."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from django.test import Client

from meguri import reference
from meguri.reference import TABLES
from meguri.reference.web.views import ROWS_ON_A_PAGE

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, language: str) -> str:
    response = client.get(address, headers={"accept-language": language})
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", list(TABLES))
def test_every_table_has_its_page(client: Client, name: str, language: str) -> None:
    table, rows = TABLES[name], reference.table_rows(name)
    text = page(client, f"/facts/{name}", language)
    assert f'<html lang="{language}"' in text
    assert table.title.say(language) in html.unescape(text)
    body = text.split("<tbody>")[1].split("</tbody>")[0]
    shown = rows[:ROWS_ON_A_PAGE]
    assert body.count("<tr>") == len(shown)
    marks = set(re.findall(r"[●◐○]", body))
    assert marks == {row.confidence.mark for row in shown} | ({"◐", "○"} if name == "facilities" else set())
    assert f"/facts/{name}.csv" in text


@pytest.mark.parametrize(("language", "title"), [("en", "Ports"), ("ja", "港")])
def test_the_index_lists_all_tables(client: Client, language: str, title: str) -> None:
    text = page(client, "/facts/", language)
    assert title in text
    for name in TABLES:
        assert f'"/facts/{name}"' in text


def test_heads_carry_units_and_names_follow_the_language(client: Client) -> None:
    text = page(client, "/facts/facilities", "en")
    assert "(t/y)" in text
    assert "Licence to be verified" in text
    assert "110\u202f000" in text
    japanese = page(client, "/facts/ports", "ja")
    assert "ペナン" in japanese
    assert "マレーシア (MYS)" in japanese
    assert "Penang" not in japanese


def test_a_long_table_is_turned_page_by_page(client: Client) -> None:
    rows = reference.placed_on_market()
    last = -(-len(rows) // ROWS_ON_A_PAGE)
    first = page(client, "/facts/placed-on-market", "en")
    assert f"Rows 1 to {ROWS_ON_A_PAGE} of" in first.replace(",", "")
    assert 'href="?page=2"' in first
    assert "data-sort=" not in first.split("<main")[1]
    end = page(client, f"/facts/placed-on-market?page={last}", "ja")
    assert end.split("<tbody>")[1].count("<tr>") == len(rows) - (last - 1) * ROWS_ON_A_PAGE
    assert "前の行" in end
    assert "次の行" not in end
    assert page(client, "/facts/placed-on-market?page=all", "en").count("<tr>") == first.count("<tr>")
    assert "data-sort=" in page(client, "/facts/ports", "en").split("<main")[1]


@pytest.mark.parametrize("name", ["ports", "composition", "placed-on-market"])
def test_the_csv_is_the_table(client: Client, name: str) -> None:
    response = client.get(f"/facts/{name}.csv")
    assert response["Content-Type"].startswith("text/csv")
    assert f"meguri-{name}.csv" in response["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == len(reference.table_rows(name))
    assert {"source", "confidence"} <= set(rows[0])


def test_the_csv_has_its_words_in_every_language(client: Client) -> None:
    response = client.get("/facts/ports.csv", headers={"accept-language": "en"})
    rows = {row["unlocode"]: row for row in csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))}
    assert (rows["MYPEN"]["name"], rows["MYPEN"]["name_ja"], rows["MYPEN"]["name_own"]) == ("Penang", "ペナン", "")
    assert (rows["JPTYO"]["name_ja"], rows["JPTYO"]["name_own"]) == ("東京", "ja=東京")
    assert rows["JPONA"]["note_ja"] == "小名浜製錬所に隣接"


@pytest.mark.parametrize("name", list(TABLES))
def test_texts_in_japanese_are_not_said_to_be_english(client: Client, name: str) -> None:
    """What a page of facts says in Japanese carries no mark of a foreign language."""
    text = page(client, f"/facts/{name}", "ja")
    assert not re.search(r'lang="en"[^>]*>[^<]*[ぁ-んァ-ヶ一-龠]', text.split("<main")[1])


@pytest.mark.parametrize("address", ["/facts/port", "/facts/port.csv"])
def test_an_unknown_table_is_not_found_and_names_the_nearest(client: Client, address: str) -> None:
    response = client.get(address, headers={"accept-language": "en"})
    assert response.status_code == 404
    assert "ports" in response.content.decode()
