"""Relations: only differences are written, rebuilt they are the same, and readers page through what they see."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from meguri.journal import services
from meguri.journal.models import EdgeRow, LiesRow, ReadsRow
from meguri.journal.projections import books, relating, relations
from meguri.journal.projections.relations import FEW, Edge, Lies, Reads
from meguri.journal.services import Utterance
from meguri.kit.problems import MeguriError
from tests_support import put_relations

pytestmark = pytest.mark.django_db
ANN, BOB, CY = "organisation:ann", "organisation:bob", "organisation:cy"


def rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}")
        return sorted(cursor.fetchall())


def test_what_stays_is_not_written_again(toy):
    opened = services.say(ANN, "toy.open", toy.Open("a", 5)).number
    first = services.say(ANN, "toy.share", toy.Share("a", (ANN, BOB))).number
    with CaptureQueriesContext(connection) as seen:
        second = services.say(ANN, "toy.share", toy.Share("a", (BOB, CY))).number
    assert opened < first < second
    lies = list(LiesRow.objects.filter(prefix="pot").values_list("subject", "scope", "by", "number"))
    assert lies == [("pot:a", "pot:a", "pot:a", first)]
    reads = set(ReadsRow.objects.filter(by="pot:a").values_list("organisation", "number"))
    assert reads == {(BOB, first), (CY, second)}
    assert EdgeRow.objects.get(kind="holds").number == first
    written = [query["sql"] for query in seen if "journal_lies" in query["sql"] and "INSERT" in query["sql"]]
    assert not written


def test_a_mass_that_changed_is_a_new_row(toy):
    services.say(ANN, "toy.open", toy.Open("a", 5))
    services.say(ANN, "toy.open", toy.Open("b", 5))
    services.say(ANN, "toy.share", toy.Share("a", (ANN,)))
    moved = services.say(ANN, "toy.move", toy.Move("a", "b", 2)).number
    edge = relations.Link("holds", "pot:a", "shelf:shared", 3, "pot:a", moved)
    assert relations.edges("holds", source="pot:a") == [edge]
    assert relations.edges("holds", target=["shelf:shared", "shelf:other"]) == [edge]
    assert relations.edges("holds", source=["pot:a"], target="shelf:other") == []
    assert relations.edges("holds") == []


def test_a_batch_counts_each_row_from_the_act_by_which_it_came(toy):
    receipts = services.attest(
        ANN,
        [
            Utterance("toy.open", toy.Open("a", 5)),
            Utterance("toy.share", toy.Share("a", (ANN, BOB))),
            Utterance("toy.share", toy.Share("a", ())),
            Utterance("toy.share", toy.Share("a", (BOB,))),
            Utterance("toy.share", toy.Share("a", (BOB, CY))),
        ],
    )
    numbers = [receipt.number for receipt in receipts]
    assert set(ReadsRow.objects.values_list("organisation", "number")) == {(BOB, numbers[3]), (CY, numbers[4])}
    assert services.rebuild(check=True).identical


def test_rows_that_are_not_what_acts_add_up_to_are_named_and_put_right(toy):
    services.say(ANN, "toy.open", toy.Open("a", 5))
    services.say(ANN, "toy.share", toy.Share("a", (ANN, BOB)))
    before = [rows(table) for table in relating.TABLES]
    with services.as_writer():
        ReadsRow.objects.filter(organisation=BOB).delete()
        EdgeRow.objects.filter(source="pot:a").update(grams=7)
        LiesRow.objects.create(subject="pot:a", scope=CY, by="pot:a", prefix="pot", number=1)
    found = services.rebuild(check=True)
    assert {(one.subject, one.what) for one in found.differences} == {
        (f"reads:{BOB} pot:a pot:a", "missing"),
        ("edge:holds pot:a shelf:shared pot:a", "different"),
        (f"lies:pot:a {CY} pot:a", "extra"),
    }
    assert not found.replaced
    assert services.rebuild().replaced
    assert [rows(table) for table in relating.TABLES] == before
    assert services.rebuild(check=True).identical


def test_a_book_that_declares_nothing_is_not_asked(toy, monkeypatch):
    book = books.book("journal")
    assert not book.declares
    assert books.book("pot").declares
    services.say(ANN, "toy.open", toy.Open("a", 5))
    assert not LiesRow.objects.filter(prefix="pot").exists()


def test_who_sees_what():
    put_relations(
        Lies("lot:a", ANN),
        Lies("lot:b", "case:1"),
        Lies("lot:c", "case:2"),
        Lies("movement:b", "case:1"),
        Reads("case:1", ANN),
        Reads("case:1", BOB),
        Edge("role", "organisation:ann", "role:carrier"),
        Edge("role", "facility:ann", "role:carrier"),
    )
    lots = ["lot:a", "lot:b", "lot:c", "lot:none"]
    assert relations.readable(ANN, lots) == {"lot:a", "lot:b"}
    assert relations.readable(BOB, lots) == {"lot:b"}
    assert relations.readable(CY, lots) == relations.readable(None, lots) == relations.readable(ANN, []) == set()

    def ids(found):
        with connection.cursor() as cursor:
            cursor.execute(found.sql, found.params)
            return sorted(id for (id,) in cursor.fetchall())

    assert ids(relations.visible(ANN, "lot")) == ["a", "b"]
    assert ids(relations.visible(BOB, "movement")) == ["b"]
    assert ids(relations.visible(None, "lot")) == []
    assert ids(relations.sources("role", "role:carrier", "organisation")) == ["ann"]


def pages(organisation, prefix, most):
    """All pages, one after another."""
    found, before = [], None
    while True:
        page = relations.newest(organisation, prefix, most, before)
        assert len(page) <= most
        if not page:
            return found
        found += page
        before = (page[-1][1], page[-1][0])


def right(declared, organisation, prefix):
    """What the pages should hold, reckoned one by one."""
    scopes = {organisation, *(r.scope for r, _ in declared if isinstance(r, Reads) and r.organisation == organisation)}
    newest = {}
    for relation, number in declared:
        if isinstance(relation, Lies) and relation.scope in scopes and relation.subject.startswith(f"{prefix}:"):
            id = relation.subject.partition(":")[2]
            newest[id] = max(newest.get(id, 0), number)
    return sorted(newest.items(), key=lambda row: (-row[1], row[0]))


@pytest.mark.parametrize("scopes", [2, FEW - 1, FEW, 3 * FEW])
@pytest.mark.parametrize("walked", [5, 2000])
def test_pages_hold_everything_once_newest_first(scopes, walked, monkeypatch):
    monkeypatch.setattr(relations, "WALKED", walked)
    draw = random.Random(scopes)
    declared = [(Reads(f"case:{n}", ANN), 1) for n in range(scopes)]
    for n in range(120):
        number = 10 + n // 7
        declared += [(Lies(f"lot:{n:03}", f"case:{draw.randrange(scopes + 3)}"), number)]
        declared += [(Lies(f"lot:{draw.randrange(120):03}", draw.choice([ANN, "case:0", "case:1"])), number + 3)]
        declared += [(Lies(f"movement:{n}", "case:0"), number)]
    for number in sorted({number for _, number in declared}):
        put_relations(*(relation for relation, n in declared if n == number), number=number)
    # A relation that was declared again keeps its first number here as in the table.
    first = {}
    for relation, number in sorted(declared, key=lambda pair: pair[1]):
        first[relation] = number
    declared = list(first.items())
    for most in (1, 7, 50):
        assert pages(ANN, "lot", most) == right(declared, ANN, "lot")
    assert pages(BOB, "lot", 7) == []
    at = right(declared, ANN, "lot")[10][1]
    assert relations.newest(ANN, "lot", 200, at) == [row for row in right(declared, ANN, "lot") if row[1] < at]


SHARES = st.tuples(
    st.sampled_from([ANN, BOB]),
    st.sampled_from("abc"),
    st.sampled_from(["open", "share", "move"]),
    st.lists(st.sampled_from([ANN, BOB, CY]), max_size=3, unique=True),
)


@pytest.mark.usefixtures("toy")
class Rebuilding(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(SHARES, min_size=1, max_size=4), max_size=10))
    def test_rebuilt_relations_equal_the_live_ones(self, history):
        from journal import toy

        for batch in history:
            said = [
                Utterance("toy.open", toy.Open(pot, 3))
                if what == "open"
                else Utterance("toy.share", toy.Share(pot, tuple(who)))
                if what == "share"
                else Utterance("toy.move", toy.Move(pot, "a", 1))
                for _, pot, what, who in batch
            ]
            try:
                services.attest(batch[0][0], said)
            except MeguriError:
                continue
        found = services.rebuild(check=True)
        assert found.identical, found.differences
