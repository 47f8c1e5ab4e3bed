"""Many rows in every book, put there without acts: copies of what a story made, with the relations they declare."""

from __future__ import annotations

import msgspec

from meguri.movement.states import Permission

READER = "organisation:mys-doe"
FIRST = 10_000
"""Numbers of made-up rows begin above those of the story's acts."""


def stages():
    """Play the story; returns the states of every book that it had at the end of any scene, as JSON."""
    from meguri.demonstration import performance, scenario
    from meguri.journal.projections import books

    performance.start_over(scenario.load())
    seen = {book.prefix: {} for book in books.books()}
    while performance.play_next() is not None:
        for book in books.books():
            for row in book.model._default_manager.all():
                seen[book.prefix][msgspec.json.encode(row.value)] = None
    return {prefix: list(states) for prefix, states in seen.items()}


def name(n):
    """The id of a made-up row."""
    return f"M{n:09}"


def fill(states, start, end):
    """Rows `start` to `end` of each book. The reader sees all lots and cases, as authority, carrier and follower."""
    from django.db import connection

    from meguri.journal import services
    from meguri.journal.projections import books, relating
    from meguri.journal.projections.relations import Lies, Reads
    from tests_support import put_declared, put_relations

    with services.as_writer():
        for book in books.books():
            kinds = [book.read(text) for text in states[book.prefix]] if book.prefix != "journal" else []
            if not kinds:
                continue
            made = {name(n): changed(book.prefix, kinds[n % len(kinds)], n) for n in range(start, end)}
            book.save(made)
            put_declared(
                (f"{book.prefix}:{name(n)}", relation, FIRST + n)
                for n in range(start, end)
                for relation in relating.declared(book, name(n), made[name(n)])
            )
        seen = [Reads(f"case:{name(n)}", READER) for n in range(start, end)]
        seen += [Lies(f"lot:{name(n)}", READER) for n in range(start, end)]
        put_relations(*seen, by="test:seen", number=FIRST + end)
    if connection.vendor == "postgresql":
        # What its own workers do of themselves once rows are committed; these never are.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def changed(prefix, state, n):
    """The copy with this number: it differs from the others, and what belongs to somebody is the reader's in turn."""
    other = f"organisation:{name(n)}"
    fields = {
        "organisation": {"names": {"en": f"Company {n:05}"}, "authority": ""},
        "facility": {"organisation": READER if n % 2 else other},
        "licence": {"holder": READER},
        "key": {"owner": other},
        "case": {"number": f"MYS-{n:05}", "verdict_digest": name(n)},
        "account": {"exporter": READER, "operator": READER},
        "track": {"case": name(n)},
        "reply": {"case": name(n)},
        "guarantee": {"case": name(n)},
        "movement": {"permission": Permission(kind="consent", case=name(n)), "carrier": READER},
        "arrival": {"movement": name(n), "case": name(n), "operator": READER},
        "event": {"number": FIRST + n, "actor": other},
        "lot": (
            {"holder": READER, "status": "held", "facility": name(n)},
            {"holder": other, "status": "in_transit", "bound_for": READER, "movement": ""},
            {"holder": READER, "status": "refused", "bound_for": ""},
            {"holder": other, "status": "in_transit", "bound_for": ""},
        )[n % 4],
    }.get(prefix, {})
    return msgspec.structs.replace(state, **{k: v for k, v in fields.items() if k in state.__struct_fields__})


def say(count, at_once=500):
    """So many acts on lots that the reader sees, said by a yard of their own."""
    from meguri.custody.answers import workloads
    from meguri.journal import services
    from meguri.journal.projections.relations import Lies
    from meguri.registry.models import Organisation
    from tests_support import put_relations

    yard = "organisation:bench-0"
    if not Organisation.objects.filter(id="bench-0").exists():
        workloads._prepare(1)
    for start in range(0, count, at_once):
        said = [workloads._make(yard) for _ in range(min(at_once, count - start))]
        services.attest(yard, said)
        put_relations(*(Lies(f"lot:{one.body.lot}", READER) for one in said), by="test:said")
