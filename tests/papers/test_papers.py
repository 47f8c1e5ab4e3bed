"""Papers of licences and cases: brought, found out, kept encrypted, read by whom they concern, erased."""

from __future__ import annotations

import hashlib
import sys
import time
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from files import GOOD, PDF, TEXT, png

from meguri.journal import services as journal
from meguri.journal.models import Private
from meguri.journal.signatures import keyring
from meguri.kit.models import AccessNote, Membership, User
from meguri.kit.people import accounts
from meguri.kit.problems import MeguriError, NotAllowed, NotFound, Refused
from meguri.papers import looking, scanner, services, store
from meguri.papers.models import FiledPaper, PaperChunk, PaperContent, PaperDay, StoredPaper
from meguri.papers.vocabulary import MOST_A_DAY, MOST_BYTES, paper_kinds
from meguri.registry import services as registry
from meguri.systems import tokens
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
YARD, OTHER, DOE, KEEPER = (f"organisation:{name}" for name in ("yard", "other", "mys-doe", "keeper"))


@pytest.fixture
def licence():
    cache.clear()
    use_clock(lambda: NOW)
    registry.admit_authorities(["mys-doe", "jpn-moej"])
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.admit("other", {"en": "Another firm"}, "MYS")
    registry.admit("keeper", {"en": "Keeper"}, "MYS", ("operator",))
    registry.site("yard", {"en": "Works"}, "MYS", 3.1, 101.6, facility="kl", operations=["R12"])
    yield registry.grant("facility:kl", "facility-permit", "P-1", NOW, None, issued_by="mys-doe")
    use_clock(None)


def attach(licence, content=TEXT, name="a.txt", actor=YARD, kind="licence", **more):
    return services.attach(actor, f"licence:{licence}", kind, content, name, **more)


def code(*given, **more):
    with pytest.raises(MeguriError) as refused:
        attach(*given, **more)
    return refused.value.problems[0].code


def nothing_kept():
    tables = (FiledPaper, StoredPaper, PaperContent, PaperChunk)
    return not any(model.objects.exists() for model in tables) and not Private.objects.filter(name="file").exists()


@pytest.mark.parametrize("kind", GOOD)
def test_each_type_comes_back_as_it_was_brought(licence, kind):
    id = attach(licence, GOOD[kind], f"x.{looking.TYPES[kind][0]}")
    one = services.paper(id, YARD)
    assert (one.state.type, one.state.size, services.content(one)) == (kind, len(GOOD[kind]), GOOD[kind])
    assert services.check() == (1, [])


def test_neither_name_nor_content_nor_hash_stands_in_the_record_and_the_content_is_encrypted(licence):
    marked = b"A name that nobody else has\n" * 3000
    id = attach(licence, marked, "contract-with-smith.txt")
    state = services.paper(id, YARD).state
    told = journal.entry(state.act).act.canonical().decode()
    sha256 = hashlib.sha256(marked).hexdigest()
    assert "smith" not in told
    assert sha256 not in told
    chunks = [bytes(one.box) for one in PaperChunk.objects.order_by("place")]
    assert len(chunks) == -(-len(marked) // store.PART) > 1
    assert not any(b"nobody else" in one for one in chunks)
    PaperChunk.objects.filter(place=1).delete()
    assert services.check() == (0, [id])
    with pytest.raises(MeguriError, match="damaged"):
        store.read(sha256)


def test_parts_in_another_order_are_not_taken_for_the_content(licence):
    attach(licence, b"ab" * 60_000)
    first, second = PaperChunk.objects.filter(place__lt=2).order_by("place")
    first.box, second.box = second.box, first.box
    for one in (first, second):
        one.save()
    assert services.check()[0] == 0


def test_after_erasing_the_record_is_verified_and_rebuilt_as_before(licence):
    id = attach(licence)
    act = services.paper(id, YARD).state.act
    assert services.erase(id)
    assert not services.erase(id)
    one = services.paper(id, YARD)
    assert (one.name, one.sha256, one.here, one.erased) == ("", "", False, NOW)
    assert not PaperContent.objects.exists()
    assert not PaperChunk.objects.exists()
    assert not Private.objects.filter(act_id=act, name="file").exists()
    with pytest.raises(services.Gone, match="2025-10-01"):
        services.content(one)
    assert services.check() == (0, [])
    assert journal.verify().intact


def test_the_same_bytes_twice_are_kept_once_and_erased_with_the_last(licence):
    first, second = attach(licence), attach(licence, name="b.txt", actor=DOE)
    assert PaperContent.objects.count() == 1
    services.erase(first)
    assert services.content(services.paper(second, DOE)) == TEXT
    services.erase(second)
    assert not PaperContent.objects.exists()
    third = attach(licence)
    assert services.content(services.paper(third, YARD)) == TEXT


def test_another_keyring_secret_opens_them_and_the_old_one_does_not(licence, settings):
    id = attach(licence)
    old, new = settings.KEYRING_SECRET, "n" * 48
    with pytest.raises(Refused):
        store.keep_under("w" * 48, new)
    keyring.keep_under(old, new)
    with pytest.raises(Refused, match="MEGURI_KEYRING_SECRET"):
        services.content(services.paper(id, YARD))
    settings.KEYRING_SECRET = new
    assert services.content(services.paper(id, YARD)) == TEXT
    keyring.keep_under(new, old)


def test_what_is_too_large_too_many_or_too_much_is_refused(licence, monkeypatch):
    assert code(licence, b"a" * (MOST_BYTES + 1)) == "size"
    monkeypatch.setattr(services, "MOST_EACH", 2)
    attach(licence)
    second = attach(licence, PDF, "b.pdf")
    assert code(licence, png(), "c.png") == "many"
    services.erase(second)
    attach(licence, png(), "c.png")
    services.erase(second)
    monkeypatch.setattr(services, "MOST_EACH", 99)
    PaperDay.objects.update(size=MOST_A_DAY - 1)
    assert code(licence) == "a-day"
    attach(licence, actor=DOE)
    use_clock(lambda: NOW.replace(day=2))
    attach(licence)
    assert PaperDay.objects.get(pk=YARD).size == len(TEXT)


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({"kind": "letter"}, "kind"),
        ({"name": "a.pdf"}, "name"),
        ({"content": b""}, "empty"),
        ({"actor": OTHER}, "role"),
        ({"actor": "organisation:jpn-moej"}, "role"),
        ({"actor": "organisation:nobody"}, "not-admitted"),
    ],
)
def test_what_is_refused_leaves_nothing(licence, given, right):
    assert code(licence, **given) == right
    assert nothing_kept()
    assert not PaperDay.objects.exclude(size=0).exists()


@pytest.mark.parametrize("about", ["", "lot:7Q2M0V1XKD3F8ZB6", "licence:", "licence:nothing", "case:nothing", "key:a"])
def test_papers_belong_to_what_takes_them(licence, about):
    with pytest.raises(MeguriError):
        services.attach(YARD, about, "other", TEXT, "a.txt")
    assert nothing_kept()


def test_a_licence_is_for_its_holder_its_issuer_and_the_keeper(licence):
    for who in (YARD, DOE, KEEPER):
        assert attach(licence, actor=who)
    assert len(services.of(f"licence:{licence}", YARD)) == 3
    id = attach(licence)
    for who, sees in ((YARD, True), (DOE, True), (KEEPER, True), (OTHER, False), ("organisation:jpn-moej", False)):
        assert bool(services.of(f"licence:{licence}", who)) is sees, who
        if sees:
            assert services.paper(id, who).id == id
        else:
            with pytest.raises(NotFound):
                services.paper(id, who)
    assert services.of(f"licence:{licence}", None) == []


def run(script):
    return f"{sys.executable} -c '{script}'"


def test_the_scanner_sees_the_content_and_none_of_our_secrets(licence, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("MEGURI_KEYRING_SECRET", "x")
    seen = tmp_path / "seen"
    settings.SCANNER = run(
        "import os,sys;"
        f'open("{seen}","wb").write(sys.stdin.buffer.read()+str([n for n in os.environ if n[:7]=="MEGURI_"]).encode())'
    )
    id = attach(licence)
    assert seen.read_bytes() == TEXT + b"[]"
    assert services.paper(id, YARD).scanned


@pytest.mark.parametrize(
    ("script", "right"),
    [
        ("import sys; sys.stdin.read(); sys.exit(1)", "infected"),
        ("import sys; sys.exit(2)", "scanner"),
        ("import os; os.kill(os.getpid(), 9)", "scanner"),
        ("import time; time.sleep(60)", "scanner"),
    ],
)
def test_what_the_scanner_does_not_call_clean_is_not_kept(licence, settings, monkeypatch, script, right):
    monkeypatch.setattr(scanner, "WITHIN_S", 1.5)
    settings.SCANNER = run(script)
    began = time.monotonic()
    assert code(licence, b"a" * 300_000) == right
    assert time.monotonic() - began < 20
    assert nothing_kept()


def test_a_scanner_that_is_not_there_lets_nothing_in(licence, settings):
    settings.SCANNER = "/nowhere/scanner"
    assert code(licence) == "scanner"
    assert nothing_kept()


def signed_in(organisation, *duties):
    user = accounts.create_person(f"{organisation}-{'-'.join(duties)}".lower(), "long enough password 1", "")
    Membership.objects.create(user=user, organisation=f"organisation:{organisation}", duties=list(duties))
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(client, licence, content=TEXT, name="a.txt", **more):
    file = SimpleUploadedFile(name, content)
    return client.post(
        "/papers/attach?lang=en", {"about": f"licence:{licence}", "kind": "licence", "file": file} | more
    )


def test_on_the_page_a_paper_is_attached_fetched_and_erased(licence):
    yard, page = signed_in("yard", "sign"), f"/registry/licences/{licence}"
    assert "/papers/attach?about=licence" in yard.get(f"{page}?lang=en").content.decode()
    assert yard.get(f"/papers/attach?about=licence:{licence}").status_code == 200
    assert send(yard, licence, name="Zertifikat „銅“.txt").headers["Location"] == f"{page}#papers"
    (one,) = services.of(f"licence:{licence}", YARD)
    for language, words in (("en", "Papers attached"), ("ja", "添付")):
        shown = yard.get(f"{page}?lang={language}").content.decode()
        assert words in shown
        assert "Zertifikat „銅“.txt" in shown
    answer = yard.get(f"/papers/{one.id}")
    assert (answer.status_code, answer.content) == (200, TEXT)
    headers = answer.headers
    assert headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Zertifikat")
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "private, no-store")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert AccessNote.objects.filter(kind="paper").count() == 1
    for who in ("other", "jpn-moej"):
        stranger = signed_in(who, "sign")
        assert stranger.get(f"/papers/{one.id}").status_code == 404
        assert stranger.post(f"/papers/{one.id}/erase").status_code == 404
        assert "Papers attached" not in stranger.get(f"{page}?lang=en").content.decode()
        assert send(stranger, licence).status_code == 403
    assert Client().get(f"/papers/{one.id}").status_code == 302
    assert "Zertifikat" not in Client().get(page).content.decode()
    assert signed_in("mys-doe", "sign").post(f"/papers/{one.id}/erase").status_code == 403
    assert signed_in("yard", "read").post(f"/papers/{one.id}/erase").status_code == 403
    assert yard.post(f"/papers/{one.id}/erase").status_code == 302
    shown = yard.get(f"{page}?lang=en").content.decode()
    assert "erased on" in shown
    assert "Zertifikat" not in shown
    assert yard.get(f"/papers/{one.id}").status_code == 410


def test_who_keeps_the_registry_erases_too(licence):
    id = attach(licence)
    assert signed_in("keeper", "sign").post(f"/papers/{id}/erase").status_code == 302
    assert services.paper(id, YARD).erased


def test_what_the_page_refuses_is_said_at_its_field(licence):
    yard = signed_in("yard", "sign")
    for given, field in (({"name": "a.pdf"}, "file"), ({"kind": "letter"}, "kind"), ({"about": "lot:X"}, "about")):
        answer = send(yard, licence, **given)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.content.decode(), field
    assert yard.post("/papers/attach", {"about": f"licence:{licence}", "kind": "other"}).status_code == 422
    assert nothing_kept()


def test_what_a_preparer_sends_is_not_kept_and_says_so(licence):
    answer = send(signed_in("yard", "prepare"), licence)
    assert answer.status_code == 422
    assert "Let somebody who signs send it" in answer.content.decode()
    assert nothing_kept()


def test_a_body_larger_than_a_paper_is_refused_and_one_that_breaks_off_leaves_nothing(licence):
    yard = signed_in("yard", "sign")
    answer = yard.post("/papers/attach", data=b"x", content_type="multipart/form-data; boundary=b",
                       headers={"content-length": str(22 * 1024 * 1024)})  # fmt: skip
    assert answer.status_code == 413
    assert yard.generic("POST", "/cases/new", b"", headers={"content-length": str(11 << 20)}).status_code == 413
    part = b'--b\r\nContent-Disposition: form-data; name="about"\r\n\r\nlicence:%s\r\n--b\r\n' % licence.encode()
    part += b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF[:40]
    answer = yard.post("/papers/attach", data=part, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (400, 422)
    assert nothing_kept()


def test_what_fails_while_it_is_written_leaves_nothing(licence, monkeypatch):
    def broken(*given, **more):
        raise OSError

    monkeypatch.setattr(journal, "attest", broken)
    with pytest.raises(OSError):
        attach(licence)
    assert nothing_kept()


def caller(organisation, *scopes):
    text = tokens.make(organisation, "a test", scopes)[1]
    client = Client(raise_request_exception=False)

    def ask(method, address, body=b""):
        given = {"data": body, "content_type": "application/octet-stream"} if body else {}
        return client.generic(method, address, headers={"authorization": f"Bearer {text}"}, **given)

    return ask


def test_a_system_brings_lists_and_fetches_papers(licence):
    yard, query = caller(YARD, "read", "sign"), f"about=licence:{licence}&kind=analysis&name=a.txt"
    large = b"line of a long analysis\n" * 300_000
    made = yard("POST", f"/api/papers?{query}", large)
    assert made.status_code == 201, made.content
    line = made.json()
    assert (line["name"], line["size"], line["by"]) == ("a.txt", len(large), YARD)
    assert yard("GET", line["href"]).content == large
    assert yard("GET", f"/api/papers/{line['id']}").json() == line
    assert yard("GET", "/api/papers").json() == {"items": [line], "next": None}
    other = caller(OTHER, "read", "sign")
    assert other("GET", line["href"]).status_code == 404
    assert other("GET", "/api/papers").json()["items"] == []
    assert other("POST", f"/api/papers?{query}", TEXT).status_code == 403
    assert caller(YARD, "read", "draft")("POST", f"/api/papers?{query}", TEXT).status_code == 403
    assert yard("POST", f"/api/papers?{query}", b"").status_code == 422
    assert yard("POST", f"/api/papers?{query.replace('a.txt', 'a.pdf')}", TEXT).status_code == 422
    services.erase(line["id"])
    assert yard("GET", line["href"]).status_code == 410
    assert yard("GET", "/api/papers").json()["items"][0]["erased"]


def test_every_kind_of_paper_is_taken_and_said(licence):
    for kind, row in paper_kinds().items():
        attach(licence, kind=kind)
        assert row.name.say("ja") != row.name.say("en")


def test_papers_of_a_case_are_read_by_its_parties_and_by_the_authorities_that_see_it(settings):
    from meguri.consent import models
    from meguri.consent.models import Case
    from meguri.demonstration import performance, scenario
    from meguri.journal.projections import relations
    from meguri.registry.models import Organisation

    performance.start_over(scenario.load())
    try:
        while not Case.objects.exists():
            performance.play_next()
        case = Case.objects.get()
        everybody = [f"organisation:{row.pk}" for row in Organisation.objects.all()]
        seen = []
        for who in [*everybody, None]:
            if who is not None and relations.readable(who, [f"case:{case.pk}"]):
                id = services.attach(who, f"case:{case.pk}", "contract", TEXT, "a.txt")
                seen.append((who, id))
            elif who is not None:
                with pytest.raises((NotFound, NotAllowed)):
                    services.attach(who, f"case:{case.pk}", "contract", TEXT, "a.txt")
        tracks = [row.value for row in models.Track.objects.all()]
        told = {track.organisation for track in tracks if track.visible}
        assert {who for who, _ in seen} == {*case.value.parties, *told}
        assert told
        assert set(everybody) - {who for who, _ in seen}
        for who in everybody:
            for _, id in seen:
                if who in dict(seen):
                    assert services.content(services.paper(id, who)) == TEXT
                else:
                    with pytest.raises(NotFound):
                        services.paper(id, who)
        settings.DEMONSTRATION = False
        user = User.objects.create_user(username="party", password="x" * 20)
        Membership.objects.create(user=user, organisation=case.value.exporter, duties=["sign"])
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(f"/cases/{case.pk}?lang=en")
        assert answer.content.decode().count("download>a.txt") == len(seen)
    finally:
        use_clock(None)
