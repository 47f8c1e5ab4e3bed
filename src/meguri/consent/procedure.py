"""The engine that reads procedure tables: which tracks a case has, what may be said now, and what follows from it.

Pure: states, tables and an instant in; tracks, changes, offers or a refusal out. What a step does is reckoned here
once, by its author, carried in the act, and checked here again when the act is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from meguri.consent import offices, row_guards, tables
from meguri.consent.acts import Change, Step
from meguri.consent.clocks import Rule, due
from meguri.consent.row_guards import Context, is_granted
from meguri.consent.states import CaseState, Due, Hold, Track
from meguri.consent.tables import Clock, Row, Table
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.law.decisions import Consent

CLOCK = "organisation:clock"
Word = Literal["completed", "retracted", "refused", "held", "clear", "waiting"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the tracks of a case amount to at an instant. `missing` are the consents that are not in."""

    word: Word
    missing: tuple[Track, ...]
    refused: tuple[Track, ...]
    holds: tuple[Hold, ...]
    barred: tuple[Due, ...]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A step that an organisation may take now. `next` are the organisations that are asked after it.

    `closed` says why a guard that does not depend on the form's fields would refuse it now; None where it is open.
    """

    track: Track
    row: Row
    fields: tuple[str, ...]
    next: tuple[str, ...]
    closed: Problem | None = None


def table_of(track: Track) -> Table:
    """The table that rules a track. Conflict where this Meguri no longer has it."""
    found = tables.tables().get(track.table)
    if found is None:
        raise Conflict(
            Problem(N_("The procedure table {table} is not on file."), "/track", "table", {"table": track.table})
        )
    return found


def _in_the_offices_form(need: Consent) -> Consent:
    """Silence that the route would take for consent is none at an office that answers in writing only."""
    if need.form == "tacit" and not offices.end_rule(need.authority, need.economy).silence:
        return msgspec.structs.replace(need, form="written")
    return need


def tracks(asked: Iterable[Consent], at: datetime) -> tuple[Track, ...]:
    """The tracks of a new case at the instant of notification, one for each authority and capacity.

    Where no authority has to send the notification on, all see it at once.
    """
    chosen: dict[str, tuple[Consent, Table]] = {}
    for need in map(_in_the_offices_form, asked):
        key = f"{need.authority}/{need.capacity}"
        table = tables.find(need.procedure, need.capacity, need.form)
        held = chosen.get(key)
        if held is None or ("*" in held[1].procedures and "*" not in table.procedures):
            chosen[key] = (need, table)
    forwarded = any(table.enters == "notification" for _, table in chosen.values())
    found = []
    for key, (need, table) in chosen.items():
        blank = Track(
            key=key,
            authority=need.authority,
            economy=need.economy,
            capacity=need.capacity,
            procedure=need.procedure,
            form=need.form,
            table=table.id,
            state=table.initial,
            standing=tables.states()[table.initial].standing,
            needed=table.needed,
            days=need.days,
            day_kind=need.day_kind or "none",
            rule=need.rule,
        )
        if table.enters == "notification" or not forwarded:
            blank = _apply(blank, _reveal(blank, at), at)
        found.append(blank)
    order = ("export", "transit", "import", "approval", "informed")
    return tuple(sorted(found, key=lambda track: order.index(track.capacity)))


def _start(track: Track, clock: Clock, event: str, at: datetime) -> Due:
    silent = bool(clock.then) and track.form == "tacit"
    by_verdict = clock.from_verdict and track.days is not None and track.day_kind in ("calendar", "working")
    return due(
        at,
        Rule(
            clock=clock.id,
            from_event=event,
            days=track.days if by_verdict and track.days is not None else clock.days,
            day_kind=track.day_kind if by_verdict else clock.day_kind,
            legal=True if by_verdict else clock.legal,
            table=track.table,
            rule=track.rule if by_verdict else "",
            then=clock.then if silent else "",
            bars=clock.bars,
        ),
        offices.office(track.authority, track.economy),
    )


def _reveal(track: Track, at: datetime) -> Change:
    table = table_of(track)
    dues = tuple(_start(track, clock, "seen", at) for clock in table.clocks if clock.starts_on == "seen")
    return Change(
        track=track.key, to=table.seen, standing=tables.states()[table.seen].standing, visible=True, dues=dues
    )


def _apply(track: Track, change: Change, at: datetime) -> Track:
    seen = track.visible_since or (at if change.visible else None)
    return msgspec.structs.replace(
        track, state=change.to, standing=change.standing, visible_since=seen, dues=change.dues
    )


def _moved(track: Track, row: Row, at: datetime) -> Change:
    table, to = table_of(track), tables.states()[row.to]
    ended = {clock.id for clock in table.clocks if row.transition in clock.ends_on}
    kept = [due for due in track.dues if due.bars or (to.standing == "open" and due.clock not in ended)]
    started = [
        _start(track, clock, row.transition, at)
        for clock in table.clocks
        if clock.starts_on == row.transition or clock.id in row.starts
    ]
    begun = {due.clock for due in started}
    dues = (*(due for due in kept if due.clock not in begun), *started)
    return Change(
        track=track.key,
        to=row.to,
        standing=to.standing,
        visible=track.visible_since is not None,
        dues=tuple(sorted(dues, key=lambda due: (due.due_at, due.clock))),
    )


def changes(case: CaseState, track: Track, row: Row, at: datetime) -> tuple[Change, ...]:
    """All that a transition does, on its own track and by its effects on others."""
    found = [_moved(track, row, at)]
    for other in case.tracks:
        if other.key == track.key:
            continue
        if "reveal" in row.effects and other.standing == "waiting":
            found.append(_reveal(other, at))
        elif "end" in row.effects and other.standing != "ended":
            found.append(
                Change(track=other.key, to="retracted", standing="ended", visible=other.visible_since is not None)
            )
    return tuple(found)


def who(case: CaseState, track: Track, role: str) -> str:
    """The organisation that holds a role of the tables on this track."""
    return {
        "authority": track.organisation,
        "exporter": case.exporter,
        "importer": case.importer,
        "operator": case.operator,
        "clock": CLOCK,
    }[role]


def choose(case: CaseState, track: Track, step: Step, actor: str, at: datetime) -> Row:
    """The row by which this actor may take this step now.

    Conflict where the transition is not open from the track's state, naming those that are; NotAllowed where it
    belongs to somebody else, naming whom; Refused or Conflict of the guard that fails.
    """
    table, words = table_of(track), tables.states()
    here = [row for row in table.transitions if track.state in row.from_]
    rows = [row for row in here if row.transition == step.transition]
    authority = offices.name(track.authority)
    if not rows:
        raise Conflict(
            Problem(
                N_("“{transition}” is not open for {authority}: its track stands at “{state}”. Open: {open}."),
                "/transition",
                "not-open",
                {
                    "transition": step.transition,
                    "authority": authority,
                    "state": words[track.state].words,
                    "open": ", ".join(dict.fromkeys(row.transition for row in here)) or "-",
                },
            )
        )
    mine = [row for row in rows if who(case, track, row.role) == actor]
    if not mine:
        raise NotAllowed(
            Problem(
                N_("“{transition}” on the track of {authority} belongs to {who}."),
                "/actor",
                "role",
                {
                    "transition": step.transition,
                    "authority": authority,
                    "who": " / ".join(dict.fromkeys(who(case, track, row.role) for row in rows)),
                },
            )
        )
    first: Problem | None = None
    for row in mine:
        problem = row_guards.first_problem(row.guard, Context(case=case, track=track, table=table, at=at, step=step))
        if problem is None:
            return row
        first = first or problem
    assert first is not None
    if first.pointer in row_guards.FIELDS:
        raise refuse(first.text, first.pointer, first.code, **first.params)
    raise Conflict(first)


def offers(case: CaseState, actor: str, at: datetime) -> tuple[Offer, ...]:
    """What this organisation may do on the tracks of a case now: the buttons of its page and the lines of its queue.

    Track by track, what leads on before what holds up, in the order of the table of transitions.
    """
    order = {transition: place for place, transition in enumerate(tables.transitions())}
    found: list[Offer] = []
    for track in case.tracks:
        table = table_of(track)
        seen: set[str] = set()
        for row in table.transitions:
            if track.state not in row.from_ or who(case, track, row.role) != actor or row.transition in seen:
                continue
            if row.role == "authority" and track.visible_since is None:
                continue
            blank = Step(case="", track=track.key, transition=row.transition, changes=())
            problem = row_guards.first_problem(
                row.guard, Context(case=case, track=track, table=table, at=at, step=blank), skip_fields=True
            )
            others = [r for r in table.transitions if r.transition == row.transition and track.state in r.from_]
            if problem is not None and len(others) > 1 and row is not others[-1]:
                continue
            seen.add(row.transition)
            found.append(
                Offer(
                    track=track,
                    row=row,
                    fields=tables.transitions()[row.transition].fields,
                    next=_next(case, track, row),
                    closed=problem,
                )
            )
    places = {track.key: place for place, track in enumerate(case.tracks)}
    return tuple(sorted(found, key=lambda offer: (places[offer.track.key], order[offer.row.transition])))


def _next(case: CaseState, track: Track, row: Row) -> tuple[str, ...]:
    asked: list[str] = []
    if "reveal" in row.effects:
        asked += [other.organisation for other in case.tracks if other.standing == "waiting"]
    if tables.states()[row.to].standing == "open":
        after = [r for r in table_of(track).transitions if row.to in r.from_ and r.transition != "retract"]
        asked += [who(case, track, r.role) for r in after if r.role != "clock"]
    return tuple(dict.fromkeys(asked))


def standing(case: CaseState, at: datetime) -> Standing:
    """What the tracks amount to at an instant: derived, never stored."""
    missing = tuple(track for track in case.tracks if track.needed and not is_granted(track, at))
    refused = tuple(track for track in case.tracks if track.standing == "refused")
    holds = case.held_up_by
    barred = tuple(due for track in case.tracks for due in track.dues if due.bars and at < due.due_at)
    word: Word
    if case.completed_at is not None:
        word = "completed"
    elif any(track.standing == "ended" for track in case.tracks):
        word = "retracted"
    elif refused:
        word = "refused"
    elif holds:
        word = "held"
    else:
        word = "waiting" if missing else "clear"
    return Standing(word=word, missing=missing, refused=refused, holds=holds, barred=barred)


def lapses(case: CaseState, at: datetime) -> tuple[tuple[Track, Due], ...]:
    """Clocks of the case that have run out with an effect in law which nobody has said yet."""
    if case.completed_at is not None:
        return ()
    return tuple(
        (track, due)
        for track in case.tracks
        for due in track.dues
        if due.then and track.standing == "open" and at >= due.due_at
    )


def organisations(case: CaseState) -> Sequence[str]:
    """Everybody who sees the case: its parties, and authorities whose track is visible."""
    seen = [track.organisation for track in case.tracks if track.visible_since is not None]
    return tuple(dict.fromkeys([case.exporter, case.importer, case.operator, *seen]))
