"""Groups of economies that rules name (``@oecd``, ``@eu`` ...): what each means is a row of ``groups.csv``.

`holds` says who is in a group: ways joined by ``;`` of which one is enough, each of conditions joined by ``+`` that
hold together.

| condition | holds where |
|---|---|
| ``basel_status=party`` | the economy's row of ``parties.csv`` says so |
| ``from:oecd_member_since`` | the day in that column has come |
| ``from?:basel_in_force_from`` | the same, or no day is on file |
| ``until:eu_until`` | the day in that column is not over |
| ``undated:ban_in_force_from`` | no day is on file |
| ``listed`` | a row of ``members.csv`` names economy and group, and its days hold |
| ``@basel-party``, ``!@basel-party`` | the economy is in another group, or is not |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words
from meguri.law import tables

Way = tuple[tuple[str, str], ...]
"""Conditions that hold together, each with its kind."""
_LISTED = "listed"


@dataclass(frozen=True)
class StateGroup:
    """A group of economies: who is in it, what it is called, and what is told of an economy's standing to it.

    `words` says whom a rule binds; `standing` is the line on an economy's page, empty where none is shown. `since` and
    `until` are the columns of ``parties.csv`` with the days, or ``listed``; `doubt` is the group of those of whom it is
    not known. `law_of` is the union whose law its members are under too; `joins` and `leaves` say what a day brought.
    """

    name: str
    ways: tuple[Way, ...]
    words: Words
    standing: Words
    instrument: str
    joins: Words
    leaves: Words
    since: str
    until: str
    doubt: str
    law_of: str


@dataclass(frozen=True)
class GroupMembership:
    """A row of ``members.csv``: an economy in a group between two days, either of which may be open."""

    start: date | None
    end: date | None

    def holds(self, on: date) -> bool:
        """Whether the day lies between them."""
        return not ((self.start and on < self.start) or (self.end and on > self.end))


@lru_cache
def groups() -> Mapping[str, StateGroup]:
    """All groups by name, in the order of their table. Raises TableError for one that says nothing known."""
    places: dict[str, str] = {}
    found: dict[str, StateGroup] = {}
    columns = next(iter(tables.parties().values())).cells
    for place, row in tables.rows("groups.csv"):
        name = row["group"]
        if not name.startswith("@") or name in found:
            raise TableError(f"{place}: a group is called such as @oecd, and stands once")
        said = {column: tables.words("groups", row, column, name) for column in ("words", "standing")}
        said |= {column: tables.words("groups", row, column, name) for column in ("joins", "leaves")}
        for column in ("since", "until"):
            if row[column] and row[column] != _LISTED and row[column] not in columns:
                raise TableError(f"{place}: {column} is a column of parties.csv or “{_LISTED}”")
        if row["law_of"] and row["law_of"] not in tables.parties():
            raise TableError(f"{place}: law_of is an economy such as EUE")
        found[name] = StateGroup(
            name=name, ways=tuple(_ways(row["holds"], columns, place)), instrument=row["instrument"],
            since=row["since"], until=row["until"], doubt=row["doubt"], law_of=row["law_of"], **said,
        )  # fmt: skip
        places[name] = place
    for group in found.values():
        named = [what for way in group.ways for kind, what in way if kind in ("in", "out")]
        for other in (*named, *([group.doubt] if group.doubt else [])):
            if other not in found or other == group.name:
                raise TableError(f"{places[group.name]}: “{other}” is not another group")
    return found


def _ways(text: str, columns: Mapping[str, str], place: str) -> Iterator[Way]:
    for way in text.split(";"):
        yield tuple(_condition(part.strip(), columns, place) for part in way.split("+"))


def _condition(text: str, columns: Mapping[str, str], place: str) -> tuple[str, str]:
    if text == _LISTED:
        return _LISTED, ""
    if text.lstrip("!").startswith("@"):
        return ("out" if text.startswith("!") else "in"), text.lstrip("!")
    kind, sign, column = text.partition(":")
    if sign and kind in ("from", "from?", "until", "undated") and column in columns:
        return kind, column
    column, sign, value = text.partition("=")
    if sign and column in columns and value:
        return f"={column}", value
    raise TableError(f"{place}: “{text}” says nothing known of an economy")


@lru_cache
def _members() -> Mapping[tuple[str, str], tuple[GroupMembership, ...]]:
    found: dict[tuple[str, str], list[GroupMembership]] = {}
    for place, row in tables.rows("members.csv"):
        group = groups().get(row["group"])
        if group is None or not any(kind == _LISTED for way in group.ways for kind, _ in way):
            raise TableError(f"{place}: “{row['group']}” is not a group whose members are listed")
        if row["economy"] not in tables.parties():
            raise TableError(f"{place}: “{row['economy']}” is not an economy")
        try:
            days = [date.fromisoformat(row[column]) if row[column] else None for column in ("from", "to")]
        except ValueError as error:
            raise TableError(f"{place}: {error}") from error
        found.setdefault((row["group"], row["economy"]), []).append(GroupMembership(*days))
    return {key: tuple(memberships) for key, memberships in found.items()}


def holds(group: str, economy: str, on: date) -> bool:
    """Whether an economy is in a group on a day."""
    party = tables.parties()[economy]
    return any(all(_holds(group, kind, what, party, on) for kind, what in way) for way in groups()[group].ways)


def _holds(group: str, kind: str, what: str, party: tables.Party, on: date) -> bool:
    if kind.startswith("="):
        return party.cells[kind[1:]] == what
    if kind in ("in", "out"):
        return holds(what, party.iso3, on) == (kind == "in")
    if kind == _LISTED:
        return any(membership.holds(on) for membership in _members().get((group, party.iso3), ()))
    day = party.day(what)
    if kind == "undated":
        return day is None
    if day is None:
        return kind == "from?"
    return on <= day if kind == "until" else on >= day


def since(group: str, economy: str) -> date | None:
    """The day from which an economy is in a group, where one is on file and it is in the group then."""
    known = groups()[group]
    days = [membership.start for membership in _members().get((group, economy), ())]
    start = tables.parties()[economy].day(known.since) if known.since not in ("", _LISTED) else None
    found = max((day for day in days if day), default=None) if known.since == _LISTED else start
    return found if found and holds(group, economy, found) else None


def until(group: str, economy: str) -> date | None:
    """The last day on which an economy was in a group, where one is on file."""
    known = groups()[group]
    if known.until == _LISTED:
        ends = [membership.end for membership in _members().get((group, economy), ())]
        return None if None in ends else max((day for day in ends if day), default=None)
    return tables.parties()[economy].day(known.until) if known.until else None


def days() -> Iterator[tuple[date | None, date | None]]:
    """From when to when economies are in groups, as far as days are on file."""
    columns = {(kind, what) for group in groups().values() for way in group.ways for kind, what in way}
    for party in tables.parties().values():
        for kind, column in columns:
            if kind in ("from", "from?"):
                yield party.day(column), None
            elif kind == "until":
                yield None, party.day(column)
    for memberships in _members().values():
        for membership in memberships:
            yield membership.start, membership.end


@lru_cache
def unions() -> Mapping[str, str]:
    """The economies that are unions of States, with the group of their members: goods leave and arrive in a State."""
    return {group.law_of: group.name for group in groups().values() if group.law_of}


@lru_cache
def states() -> tuple[str, ...]:
    """The economies that goods leave and arrive in: all but unions of States."""
    return tuple(economy for economy in tables.parties() if economy not in unions())


@lru_cache(maxsize=65536)
def matches(selector: str, economy: str, on: date) -> bool:
    """Whether an economy is meant by one selector.

    A selector is a code (``JPN``), a group (``@eu``), its contrary (``!@eu``), or several joined by ``+`` that must
    all hold. A territory under another's law (``law_of``) is meant by that economy's code too.
    """
    for atom in selector.split("+"):
        negative, name = atom.startswith("!"), atom.lstrip("!")
        party = tables.parties()[economy]
        meant = holds(name, economy, on) if name.startswith("@") else name in (economy, party.law_of)
        if meant == negative:
            return False
    return True


@lru_cache(maxsize=262144)
def any_of(selectors: tuple[str, ...], economy: str, on: date) -> bool:
    """Whether an economy is meant by a list of selectors: one of them, or no condition when the list is empty."""
    return not selectors or any(matches(selector, economy, on) for selector in selectors)


@lru_cache(maxsize=65536)
def ever(selectors: tuple[str, ...], economy: str) -> bool:
    """Whether an economy is meant by a list of selectors on some day: what can never be meant need not be asked."""
    return not selectors or any(any_of(selectors, economy, day) for day in _turns(economy))


@lru_cache(maxsize=1024)
def _turns(economy: str) -> tuple[date, ...]:
    """One day of each span in which an economy is in the same groups."""
    party = tables.parties()[economy]
    columns = {(kind, what) for group in groups().values() for way in group.ways for kind, what in way}
    found = {date.min + timedelta(days=1)}
    for kind, column in columns:
        day = party.day(column) if kind in ("from", "from?", "until") else None
        if day and day < date.max:
            found.add(day + timedelta(days=1) if kind == "until" else day)
    for (_, member), memberships in _members().items():
        if member == economy:
            for one in memberships:
                found.update(day for day in (one.start, one.end and one.end + timedelta(days=1)) if day)
    return tuple(sorted(found))


@lru_cache(maxsize=65536)
def stream_matches(wanted: tuple[str, ...], stream: str) -> bool:
    """Whether a stream is meant: one of the positives (or none given) and none of the negatives."""
    if not wanted:
        return True
    of = tables.streams()[stream].groups
    positive, any_positive = False, False
    for name in wanted:
        bare = name.lstrip("!")
        hit = bare[1:] in of if bare.startswith("@") else bare == stream
        if name.startswith("!"):
            if hit:
                return False
        else:
            any_positive = True
            positive = positive or hit
    return positive or not any_positive


def known(selector: str) -> bool:
    """Whether every name in a selector is a known economy or group."""
    names = [atom.lstrip("!") for atom in selector.split("+")]
    return all(name in groups() or name in tables.parties() for name in names)
