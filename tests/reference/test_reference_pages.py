"""The pages of the facts: every table opens in both languages with marks and sources, and downloads as CSV."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client

from meguri import reference
from meguri.reference import TABLES

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
    assert table.title.in_(language) in text
    body = text.split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr>") == len(rows)
    marks = set(re.findall(r"[●◐○]", body))
    assert marks == {row.confidence.mark for row in rows} | ({"◐", "○"} if name == "facilities" else set())
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


@pytest.mark.parametrize("name", ["ports", "composition"])
def test_the_csv_is_the_table(client: Client, name: str) -> None:
    response = client.get(f"/facts/{name}.csv")
    assert response["Content-Type"].startswith("text/csv")
    assert f"meguri-{name}.csv" in response["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == len(reference.table_rows(name))
    assert {"source", "confidence"} <= set(rows[0])


@pytest.mark.parametrize("address", ["/facts/port", "/facts/port.csv"])
def test_an_unknown_table_is_not_found_and_names_the_nearest(client: Client, address: str) -> None:
    response = client.get(address, headers={"accept-language": "en"})
    assert response.status_code == 404
    assert "ports" in response.content.decode()
