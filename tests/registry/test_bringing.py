"""The registry from a spreadsheet: by the command's way in and by pages, safe to repeat, told by cell."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from meguri.kit.people import accounts
from meguri.kit.problems import Refused
from meguri.kit.sheets import template
from meguri.registry import models, services
from meguri.registry.sheets import described, taking
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
GOOD = {
    "organisations": [
        {"organisation": "vnm-mae", "name_en": "Ministry", "economy": "VNM", "authority": "vnm-mae"},
        {"organisation": "jpn-moej", "name_en": "Ministry of the Environment", "economy": "JPN",
         "authority": "jpn-moej"},
        {"organisation": "hanoi", "name_en": "Hanoi Recovery", "name_ja": "ハノイ", "economy": "VNM",
         "roles": "exporter; dismantler", "street": "1 Pho Hue", "place": "Hanoi", "mail": "office@example.org"},
        {"organisation": "lines", "name_en": "Red River Lines", "economy": "VNM", "roles": "carrier"},
        {"organisation": "smelter", "name_en": "Setouchi Smelting", "economy": "JPN", "roles": "smelter; importer"},
    ],
    "identifiers": [{"organisation": "hanoi", "scheme": "vnm-enterprise-code", "number": "0100109106"}],
    "roles": [{"organisation": "lines", "role": "collector", "since": "2025-11-01", "until": "2025-11-30"}],
    "facilities": [
        {"facility": "yard-1", "organisation": "hanoi", "name_en": "One", "economy": "VNM", "lat": 21.03,
         "lon": 105.85, "operations": "R12;R13", "capacity_t": 12000},
        {"facility": "yard-2", "organisation": "hanoi", "name_en": "Two", "economy": "VNM", "lat": 20.86, "lon": 106.7},
        {"facility": "works", "organisation": "smelter", "name_en": "Works", "economy": "JPN", "lat": 34.4,
         "lon": 133.9, "operations": "R4"},
    ],
    "licences": [
        {"holder": "smelter", "kind": "jpn-art14-importer", "number": "14-1", "issued_by": "jpn-moej",
         "since": "2025-04-01", "until": "2030-03-31", "streams": "circuit-boards", "tonnes": 5, "per": "year"},
        {"holder": "works", "kind": "jpn-art15-recycler", "number": "15-1", "issued_by": "jpn-moej",
         "since": "2025-04-01"},
    ],
}  # fmt: skip
ROWS = sum(map(len, GOOD.values()))


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def filled(sheets):
    book = load_workbook(io.BytesIO(template.written(described.every(), "en")))
    for name, lines in sheets.items():
        heads = [cell.value for cell in book[name][1]]
        for line in lines:
            assert set(line) <= set(heads)
            book[name].append([line.get(head) for head in heads])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def wrong(**sheets):
    outcome = taking.take(filled(sheets), "f.xlsx", dry_run=True)
    return [(one.sheet, one.cell, one.problem.code) for one in outcome.faults]


def test_from_an_empty_record_to_both_sides_of_a_case():
    tried = taking.take(filled(GOOD), "f.xlsx", dry_run=True)
    assert (tried.rows, tried.taken, tried.known, tried.faults) == (ROWS, ROWS, 0, [])
    assert not models.Organisation.objects.exists(), "looking changes nothing"
    done = taking.take(filled(GOOD), "f.xlsx")
    assert done.to_json() == {"rows": ROWS, "taken": ROWS, "known": 0, "faults": []}
    again = taking.take(filled(GOOD), "f.xlsx")
    assert again.to_json() == {"rows": ROWS, "taken": 0, "known": ROWS, "faults": []}
    hanoi = services.organisation("hanoi")
    assert hanoi.names == {"en": "Hanoi Recovery", "ja": "ハノイ"}
    assert (hanoi.identifiers[0].number, hanoi.addresses[0].place) == ("0100109106", "Hanoi")
    assert services.facility("yard-1").capacity[0].grams == 12_000_000_000
    assert services.certified_facts("smelter", "works") == {"importer_certified": True, "recycler_certified": True}
    licence = services.licences("organisation:smelter")["jpn-art14-importer-14-1"]
    assert licence.until == datetime(2030, 3, 31, 15, tzinfo=UTC), "its last day is a day in Japan"
    use_clock(lambda: datetime(2025, 11, 30, 16, 59, tzinfo=UTC))
    assert "organisation:lines" in services.organisations("collector")
    use_clock(lambda: datetime(2025, 11, 30, 17, tzinfo=UTC))
    assert "organisation:lines" not in services.organisations("collector"), "its last day was a day in Viet Nam"


@pytest.mark.parametrize(
    ("sheet", "change"),
    [
        ("organisations", {"economy": "JPN"}),
        ("organisations", {"name_en": "Otherwise"}),
        ("organisations", {"roles": "carrier"}),
        ("organisations", {"street": "2 Pho Hue"}),
        ("organisations", {"mail": "other@example.org"}),
        ("facilities", {"lat": 22}),
        ("facilities", {"operations": "R12"}),
        ("licences", {"tonnes": 6}),
        ("licences", {"until": "2029-03-31"}),
    ],
)
def test_a_file_does_not_change_what_is_on_record(sheet, change):
    taking.take(filled(GOOD), "f.xlsx")
    place = 2 if sheet == "organisations" else 0
    line = GOOD[sheet][place] | change
    outcome = taking.take(filled({sheet: [line]}), "f.xlsx")
    assert (outcome.taken, [one.problem.code for one in outcome.faults]) == (0, ["changed"])


def test_what_is_wrong_is_told_in_its_cell_and_the_rest_is_taken():
    taking.take(filled(GOOD), "f.xlsx")
    new = {"organisation": "other", "name_en": "Quite another", "economy": "VNM"}
    assert wrong(organisations=[new | {"name_en": "HANOI RECOVERY CO., LTD."}]) == [
        ("organisations", "B2", "likely-same")
    ]
    assert wrong(organisations=[new | {"name_en": "HANOI RECOVERY CO., LTD.", "new": "yes"}]) == []
    assert wrong(organisations=[new, new | {"organisation": "other-2"}])[0][2] == "likely-same", "within the file too"
    assert wrong(organisations=[new | {"organisation": "a b"}])[0][1:] == ("A2", "short-name")
    assert wrong(organisations=[new | {"mail": "nobody"}])[0][1:] == ("J2", "contact")
    number = {"organisation": "lines", "scheme": "vnm-enterprise-code"}
    assert wrong(identifiers=[number | {"number": "0100109106"}]) == [("identifiers", "C2", "number-taken")]
    assert wrong(identifiers=[number | {"number": "0100109107"}]) == [("identifiers", "C2", "check-digit")]
    assert wrong(roles=[{"organisation": "lines", "role": "exporter", "since": "2025-02-01", "until": "2025-01-01"}])[
        0
    ] == ("roles", "D2", "span")
    assert wrong(roles=[{"organisation": "nobody", "role": "exporter"}]) == [("roles", "A2", "unknown-subject")]
    licence = GOOD["licences"][1] | {"number": "15-9"}
    assert wrong(licences=[licence | {"issued_by": "vnm-mae"}]) == [("licences", "E2", "issuer")]
    assert wrong(licences=[licence | {"holder": "hanoi"}]) == [("licences", "B2", "economy")]
    assert wrong(licences=[licence | {"until": "2035-01-01"}]) == [("licences", "G2", "wider")]
    assert wrong(licences=[licence | {"until": "2025-01-01"}]) == [("licences", "G2", "span")]
    assert wrong(licences=[licence | {"tonnes": 1}]) == [("licences", "L2", "period")]
    outcome = taking.take(filled({"licences": [licence | {"kind": "x"}, licence]}), "f.xlsx")
    assert (outcome.taken, len(outcome.faults)) == (1, 1)


def test_what_changed_between_looking_and_telling_is_a_fault_of_its_row(monkeypatch):
    """Somebody else admits one of them meanwhile: the others are taken."""
    tell = taking._tell

    def late(good, *rest):
        if not models.Organisation.objects.exists():
            services.admit("hanoi", {"en": "Earlier"}, "VNM")
        tell(good, *rest)

    monkeypatch.setattr(taking, "_tell", late)
    lines = GOOD["organisations"][2:]
    outcome = taking.take(filled({"organisations": lines}), "f.xlsx")
    assert (outcome.taken, [one.problem.code for one in outcome.faults]) == (2, ["exists"])


@pytest.fixture
def operator(client):
    client.force_login(accounts.create_administrator("op", "long enough password 1"))
    return client


def upload(client, content, name="f.xlsx"):
    return client.post("/registry/import", {"file": SimpleUploadedFile(name, content)})


def test_the_pages_show_what_would_become_of_it_before_anything_is_taken(operator):
    answer = upload(operator, filled(GOOD))
    address = answer.headers["Location"]
    page = operator.get(f"{address}?lang=en")
    assert f"Put {ROWS} rows on record" in page.content.decode()
    assert not models.Organisation.objects.exists()
    done = operator.post(f"{address}?lang=en", {"do": "take"})
    assert f"{ROWS} rows are on record now" in done.content.decode()
    assert services.organisation("hanoi").economy == "VNM"
    assert operator.get(address).status_code == 404, "it is gone with its import"


def test_the_columns_of_ones_own_files_are_mapped_once(operator):
    content = b"Code,Firm,Land\nhanoi,Hanoi Recovery,VNM\n"
    address = upload(operator, content, "organisations.csv").headers["Location"]
    assert "is missing" in operator.get(f"{address}?lang=en").content.decode()
    mapped = {"organisations.organisation": "Code", "organisations.name_en": "Firm", "organisations.economy": "Land"}
    operator.post(address, {"do": "map"} | mapped)
    assert "Put 1 rows on record" in operator.get(f"{address}?lang=en").content.decode()
    again = upload(operator, content, "organisations.csv").headers["Location"]
    assert "Put 1 rows on record" in operator.get(f"{again}?lang=en").content.decode(), "kept for the next file"


def test_a_bad_file_is_refused_before_it_is_kept(operator):
    assert upload(operator, b"\xd0\xcf\x11\xe0").status_code == 422
    assert operator.post("/registry/import", {}).status_code == 422
    assert not models.Upload.objects.exists()
    with pytest.raises(Refused):
        taking.take(b"PK\x03\x04", "f.xlsx")


def test_the_template_is_for_the_operator(operator, client):
    assert operator.get("/registry/template.xlsx").content.startswith(b"PK")
    operator.logout()
    assert client.get("/registry/template.xlsx").status_code == 302
    assert client.get("/registry/import").status_code == 302


def test_a_large_file_is_work_beside_the_pages(operator, monkeypatch):
    from meguri.kit.models import Job
    from meguri.kit.work import jobs, worker
    from meguri.registry.web import bringing

    monkeypatch.setattr(bringing, "AT_ONCE", 10)
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    address = upload(operator, filled(GOOD)).headers["Location"]
    for do, said in (("", f"Put {ROWS} rows on record"), ("take", f"{ROWS} rows are on record now")):
        answer = operator.post(address, {"do": do}) if do else operator.get(address)
        working = answer.headers["Location"]
        assert operator.get(working).status_code == 202
        job = Job.objects.get(id=working.rpartition("/")[2])
        Job.objects.filter(id=job.id).update(state=Job.State.STARTING)
        worker.alone(job.id)
        page = operator.get(f"{working}?lang=en")
        assert said in page.content.decode()
    assert services.organisation("hanoi").economy == "VNM"
