"""From an empty database to an opened case by one spreadsheet, and by a system with tokens alone."""

from __future__ import annotations

import io
import json

import msgspec
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_started
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from openpyxl import load_workbook

from meguri.consent.models import Case
from meguri.kit import clock
from meguri.kit.models import User
from meguri.kit.people import accounts
from meguri.procedure.clocks import months_later
from meguri.registry import course, models
from meguri.registry import services as registry
from meguri.registry.admission import beginning
from meguri.registry.sheets import described
from meguri.systems import tokens

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
PASSWORD = "a long sentence to begin with"
QUESTION = {
    "from": "VNM", "to": "JPN", "stream": "circuit-boards", "operation": "R4",
    "fact": ["importer_certified=true", "recycler_certified=true"],
}  # fmt: skip
SHEETS = {
    "organisations": [
        {"organisation": "vnm-mae", "name_en": "Ministry of Agriculture and Environment", "economy": "VNM",
         "authority": "vnm-mae"},
        {"organisation": "jpn-moej", "name_en": "Ministry of the Environment", "economy": "JPN",
         "authority": "jpn-moej"},
        {"organisation": "jpn-meti", "name_en": "Ministry of Economy, Trade and Industry", "economy": "JPN",
         "authority": "jpn-meti"},
        {"organisation": "hanoi", "name_en": "Hanoi Recovery", "economy": "VNM", "roles": "exporter"},
        {"organisation": "lines", "name_en": "Red River Lines", "economy": "VNM", "roles": "carrier"},
        {"organisation": "trading", "name_en": "Setouchi Trading", "economy": "JPN", "roles": "importer"},
        {"organisation": "smelter", "name_en": "Setouchi Smelting", "economy": "JPN", "roles": "smelter"},
    ],
    "facilities": [
        {"facility": "yard-1", "organisation": "hanoi", "name_en": "One", "economy": "VNM", "lat": 21.03,
         "lon": 105.85, "operations": "R12"},
        {"facility": "yard-2", "organisation": "hanoi", "name_en": "Two", "economy": "VNM", "lat": 20.86,
         "lon": 106.7, "port": "VNHPH", "operations": "R13"},
        {"facility": "works", "organisation": "smelter", "name_en": "Works", "economy": "JPN", "lat": 34.4,
         "lon": 133.9, "port": "JPTAK", "operations": "R4"},
    ],
    "licences": [
        {"holder": "trading", "kind": "jpn-art14-importer", "number": "14-1", "issued_by": "jpn-moej",
         "since": "2025-04-01"},
        {"holder": "works", "kind": "jpn-art15-recycler", "number": "15-1", "issued_by": "jpn-moej",
         "since": "2025-04-01"},
    ],
}  # fmt: skip


def answers(**more):
    """What the form of a notification asks for."""
    today = clock.today()
    return {
        "importer": "organisation:trading", "facility": "works", "total_kg": "12000", "shipments": "1",
        "period_from": today.isoformat(), "period_to": months_later(today, 12).isoformat(),
        "description": "Sorted circuit boards", **more,
    }  # fmt: skip


def the_case():
    """The one case there is, certain to rest on both certificates and to be put to the right authorities."""
    case = Case.objects.get().value
    assert case.exporter == "organisation:hanoi"
    assert {models.Licence.objects.get(id=id).value.kind for id in case.licences} == {
        "jpn-art14-importer", "jpn-art15-recycler"
    }  # fmt: skip
    return case


def test_by_one_spreadsheet(client, capsys):
    pages = []
    request_started.connect(answered := lambda **_: pages.append(1))
    client.force_login(accounts.create_administrator("administrator", PASSWORD))
    book = load_workbook(io.BytesIO(client.get("/registry/template.xlsx").content))
    for name, lines in SHEETS.items():
        heads = [cell.value for cell in book[name][1]]
        for line in lines:
            assert set(line) <= set(heads)
            book[name].append([line.get(head) for head in heads])
    file = io.BytesIO()
    book.save(file)
    sent = SimpleUploadedFile("begin.xlsx", file.getvalue())
    preview = client.post("/registry/import", {"file": sent})
    assert preview.status_code == 302
    taken = client.post(preview.headers["Location"], {"do": "take"})
    assert taken.status_code == 200
    assert models.Licence.objects.count() == 2, taken.content.decode()
    made = client.post(reverse("portal:person_add"), {"username": "linh", "organisation": "organisation:hanoi"})
    assert made.status_code == 200
    assert beginning.ready()
    exporter = Client()
    exporter.force_login(User.objects.get(username="linh"))
    address = f"/cases/new?{urlencode(QUESTION, doseq=True)}"
    form = answers()
    assert exporter.get(address).status_code == 200
    assert exporter.post(address, form).status_code == 200
    done = exporter.post(address, form | {"send": "yes", "as_case": "0123456789ABCDEF"})
    assert done.status_code == 302, done.content.decode()
    the_case()
    cells = sum(len(line) for lines in SHEETS.values() for line in lines)
    columns = {sheet.name: {one.name for one in sheet.columns if one.needed} for sheet in described.every()}
    needed = sum(len(columns[name]) * len(lines) for name, lines in SHEETS.items())
    with capsys.disabled():
        print(f"\nbegin by spreadsheet: pages {len(pages)} cells {cells} required_cells {needed}")
    request_started.disconnect(answered)


class System:
    """A system with a token; what it sends is counted."""

    def __init__(self, organisation, *scopes):
        self.token = tokens.make(organisation, "begin", scopes)[1]
        self.client = Client()
        self.calls = self.fields = 0

    def __call__(self, method, address, body=None, query=None, status=200):
        cache.clear()
        self.calls += 1
        headers = {"authorization": f"Bearer {self.token}"}
        if method == "GET":
            answer = self.client.get(address, query or {}, headers=headers)
        else:
            sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
            answer = self.client.post(address, **sent, headers=headers)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def say(self, *said):
        """Draft acts and have them signed."""
        self.fields += sum(len(one["body"]) for one in said)
        draft = self("POST", "/api/drafts", {"purpose": "begin", "acts": list(said)}, status=201)
        return self("POST", f"{draft['href']}/sign")


def admit(short, name, economy, *roles, authority=""):
    body = {"organisation": f"organisation:{short}", "names": {"en": name}, "economy": economy, "roles": roles}
    return {"kind": "registry.admit", "body": body | ({"authority": authority} if authority else {})}


def test_by_a_system(capsys):
    registry.admit("operator", {"en": "Operator"}, "VNM", ("operator",))
    operator = System("organisation:operator", "read", "draft", "sign")
    operator.say(
        *(
            admit(line["organisation"], line["name_en"], line["economy"], *filter(None, [line.get("roles")]))
            for line in SHEETS["organisations"]
            if "authority" not in line
        )
    )
    operator.say(
        *(
            admit(line["organisation"], line["name_en"], line["economy"], "authority", authority=line["authority"])
            for line in SHEETS["organisations"]
            if "authority" in line
        )
    )
    operator.say(
        *(
            {
                "kind": "registry.site",
                "body": {
                    "facility": line["facility"],
                    "organisation": f"organisation:{line['organisation']}",
                    "names": {"en": line["name_en"]},
                    "operations": [line["operations"]],
                    **{key: line[key] for key in ("economy", "lat", "lon", "port") if key in line},
                },
            }
            for line in SHEETS["facilities"]
        )
    )
    now, since = clock.now(), course.start_of(clock.today().replace(year=2025), "JPN")
    operator.say(
        *(
            {
                "kind": "registry.grant",
                "body": {
                    "licence": f"L{line['number']}",
                    "holder": f"{'facility' if line['holder'] == 'works' else 'organisation'}:{line['holder']}",
                    "kind": line["kind"],
                    "number": line["number"],
                    "issued_by": line["issued_by"],
                    "since": since.isoformat(),
                    "until": course.start_of(months_later(since.date(), 48), "JPN").isoformat(),
                    "begins": msgspec.to_builtins(course.begins("grant", "JPN", now)),
                },
            }
            for line in SHEETS["licences"]
        )
    )
    exporter = System("organisation:hanoi", "read", "draft", "sign")
    told = exporter("GET", "/api/notification", query=QUESTION | answers())
    assert told["kind"] == "consent.notify"
    assert not Case.objects.exists(), "asking puts nothing on record"
    exporter.fields += len(answers()) + len(QUESTION)
    exporter.fields -= len(told["body"])
    exporter.say(told)
    case = the_case()
    listed = exporter("GET", "/api/cases")["items"]
    assert [one["number"] for one in listed] == [case.number]
    with capsys.disabled():
        print(f"\nbegin by API: calls {operator.calls + exporter.calls} fields {operator.fields + exporter.fields}")
