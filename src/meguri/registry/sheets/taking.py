"""What becomes of the rows of a file: known already, taken, or at fault in a cell. Safe to repeat.

Rows are tried before any is told, in lots; what guards refuse is a fault of its row, and the others are taken. A row
that says of something on record what is not so there is a fault: a file puts on record, it does not change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import Any

from meguri.journal import services as journal
from meguri.journal.entry.trying import Trial
from meguri.journal.services import Utterance
from meguri.kit import catalogues, clock
from meguri.kit.problems import N_, MeguriError, Problem
from meguri.kit.sheets import importing
from meguri.kit.sheets.importing import Columns, Fault, SheetRow
from meguri.kit.words import listed
from meguri.registry import acts, course, models, rights, services
from meguri.registry.naming import identifiers
from meguri.registry.naming.likeness import Names
from meguri.registry.sheets import described
from meguri.registry.states import (
    Address,
    Capacity,
    Contact,
    FacilityState,
    Identifier,
    LicenceState,
    OrganisationState,
    Scope,
)
from meguri.registry.vocabulary import licence_kinds

LOT = 200
"""So many rows are told as one: one signature, one transaction."""
SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,59}")
GRAMS = 1_000_000


@dataclass
class ImportOutcome:
    """What became of a file: rows read, taken, known already, and the faults; `more` are those beyond the list."""

    rows: int = 0
    taken: int = 0
    known: int = 0
    faults: list[Fault] = field(default_factory=list)
    more: int = 0
    by_sheet: dict[str, list[int]] = field(default_factory=dict)

    def fault(self, faults: Iterable[Fault]) -> None:
        """Keep faults, as many as are told."""
        for one in faults:
            if len(self.faults) < importing.MOST_FAULTS:
                self.faults.append(one)
            else:
                self.more += 1

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """One JSON object."""
        told = [fault.to_json(language) for fault in self.faults]
        more = {"more_faults": self.more} if self.more else {}
        return {"rows": self.rows, "taken": self.taken, "known": self.known, "faults": told} | more


class KnownRow(Exception):
    """The row says what is on record already."""


class RowFell(Exception):
    """The row cannot be taken."""

    def __init__(self, column: str, problem: Problem) -> None:
        super().__init__(column)
        self.column, self.problem = column, problem


def _changed(column: str, what: str) -> RowFell:
    """A row about something on record that says otherwise."""
    return RowFell(
        column,
        Problem(
            N_("{what} is on record, and says otherwise here. A file does not change it; its own page does."),
            "",
            "changed",
            {"what": what},
        ),
    )


def _short(row: SheetRow, column: str) -> str:
    found = str(row.values[column])
    if not SHORT.fullmatch(found):
        raise RowFell(
            column,
            Problem(
                N_("“{name}” is no short name. Use 2 to 60 letters, digits and hyphens."),
                "",
                "short-name",
                {"name": found[:80]},
            ),
        )
    return found


def _names(row: SheetRow) -> dict[str, str]:
    named = {code: row.values.get(f"name_{code}") for code in catalogues.offered()}
    return {code: name for code, name in named.items() if name}


def _address(row: SheetRow, economy: str) -> Address | None:
    if not row.values.get("street"):
        return None
    return Address(
        street=row.values["street"],
        place=row.values.get("place") or "",
        postcode=row.values.get("postcode") or "",
        economy=economy,
    )


class Taking:
    """The rows of a file on their way into the record, said by `actor`."""

    def __init__(self, actor: str) -> None:
        self.trial = Trial(actor)
        self._like: Names | None = None

    # Which states the rows of a lot will ask for, so that they are read at once.
    def know(self, rows: Iterable[SheetRow]) -> None:
        """Read at once what these rows are about."""
        wanted = set()
        for row in rows:
            for column in ("organisation", "holder", "facility"):
                name = row.values.get(column)
                if isinstance(name, str) and SHORT.fullmatch(name):
                    wanted |= {f"organisation:{name}", f"facility:{name}"}
            if row.sheet.name == "licences" and row.values.get("kind") and row.values.get("number"):
                wanted.add(f"licence:{licence_id(row)}")
        self.trial.know(wanted)

    def utterance(self, row: SheetRow) -> Utterance:
        """The act that a row is. Raises KnownRow or RowFell."""
        return ACTS[row.sheet.name](self, row)

    def _organisation(self, row: SheetRow, column: str = "organisation") -> tuple[str, OrganisationState]:
        who = f"organisation:{_short(row, column)}"
        state = self.trial.get(who, OrganisationState)
        if state is None:
            raise RowFell(
                column,
                Problem(
                    N_("There is no organisation {name} on record, nor in the sheet before."),
                    "",
                    "unknown-subject",
                    {"name": row.values[column]},
                ),
            )
        return who, state

    def organisation(self, row: SheetRow) -> Utterance:
        """A new organisation, with what it is called and where it is reached."""
        short, names, economy = _short(row, "organisation"), _names(row), row.values["economy"]
        who = f"organisation:{short}"
        address = _address(row, economy)
        contacts = tuple(
            Contact(kind, row.values[kind]) for kind in ("mail", "telephone", "web") if row.values.get(kind)
        )
        authority = row.values.get("authority") or ""
        roles = tuple(dict.fromkeys((*(("authority",) if authority else ()), *(row.values.get("roles") or ()))))
        state = self.trial.get(who, OrganisationState)
        if state is not None:
            if (state.economy, state.authority) != (economy, authority):
                raise _changed("economy", short)
            if any(state.names.get(code) != name for code, name in names.items()):
                raise _changed("name_en", short)
            if not set(roles) <= {span.role for span in state.roles}:
                raise _changed("roles", short)
            if address is not None and address not in state.addresses:
                raise _changed("street", short)
            if not set(contacts) <= set(state.contacts):
                raise _changed("mail", short)
            raise KnownRow
        if not row.values.get("new") and not authority and (like := self.like(names.values())):
            raise RowFell(
                "name_en",
                Problem(
                    N_("It is likely the same as “{names}”. Write yes under “new” where it is another."),
                    "",
                    "likely-same",
                    {"names": listed(self._called(one) for one in like)},
                ),
            )
        body = acts.Admit(
            organisation=who,
            names=names,
            economy=economy,
            authority=authority,
            roles=roles,
            addresses=(address,) if address else (),
            contacts=contacts,
        )
        return Utterance("registry.admit", body)

    def _called(self, who: str) -> Any:
        state = self.trial.get(who, OrganisationState)
        assert state is not None
        return state.name

    def like(self, names: Iterable[str]) -> list[str]:
        """Organisations on record, or before it in the file, that are called nearly the same."""
        if self._like is None:
            rows = models.Organisation.objects.values_list("id", "state__names")
            self._like = Names({f"organisation:{id}": named.values() for id, named in rows.iterator(2000)})
        return self._like.like(names)

    def told(self, body: Any) -> None:
        """A row was found good: later rows are compared with it too."""
        if isinstance(body, acts.Admit) and self._like is not None:
            self._like.add(body.organisation, body.names.values())

    def number(self, row: SheetRow) -> Utterance:
        """A further number of an organisation."""
        who, state = self._organisation(row)
        scheme = row.values["scheme"]
        one = Identifier(scheme, identifiers.written(scheme, row.values["number"]))
        if one in state.identifiers:
            raise KnownRow
        body = acts.Describe(
            organisation=who,
            names=state.names,
            identifiers=(*state.identifiers, one),
            addresses=state.addresses,
            contacts=state.contacts,
        )
        return Utterance("registry.describe", body)

    def role(self, row: SheetRow) -> Utterance:
        """A role from a day to a day."""
        who, state = self._organisation(row)
        role = row.values["role"]
        since = course.start_of(row.values["since"], state.economy) if row.values.get("since") else None
        last = row.values.get("until")
        until = course.start_of(last + timedelta(days=1), state.economy) if last else None
        held = [span for span in state.roles if span.role == role]
        if any((since is None or span.since == since) and span.until == until for span in held):
            raise KnownRow
        body = acts.Assign(organisation=who, role=role, since=since or clock.now(), until=until)
        return Utterance("registry.assign", body)

    def facility(self, row: SheetRow) -> Utterance:
        """A facility, with its place and what it does."""
        id, names = _short(row, "facility"), _names(row)
        who, _ = self._organisation(row)
        economy, values = row.values["economy"], row.values
        tonnes = values.get("capacity_t")
        body = acts.Site(
            facility=id,
            organisation=who,
            names=names,
            economy=economy,
            lat=float(values["lat"]),
            lon=float(values["lon"]),
            port=values.get("port") or "",
            operations=values.get("operations") or (),
            capacity=(Capacity(int(tonnes * GRAMS)),) if tonnes else (),
            address=_address(row, economy),
        )
        state = self.trial.get(f"facility:{id}", FacilityState)
        if state is not None:
            for column, name in (
                ("organisation", "organisation"), ("economy", "economy"), ("lat", "lat"), ("lon", "lon"),
                ("port", "port"), ("operations", "operations"), ("capacity_t", "capacity"), ("street", "address"),
                ("name_en", "names"),
            ):  # fmt: skip
                if getattr(state, name) != getattr(body, name):
                    raise _changed(column, id)
            raise KnownRow
        return Utterance("registry.site", body)

    def licence(self, row: SheetRow) -> Utterance:
        """A licence that was granted, taken down."""
        values, id = row.values, licence_id(row)
        holder, economy = self._holder(row)
        kind = licence_kinds()[values["kind"]]
        since, last = course.start_of(values["since"], economy), values.get("until")
        until = course.start_of(last + timedelta(days=1), economy) if last else None
        if until is None and kind.validity_months:
            until = services.as_long_as(since, kind.validity_months, economy)
        tonnes: Decimal | None = values.get("tonnes")
        scope = Scope(
            operations=values.get("operations") or (),
            streams=values.get("streams") or (),
            codes=values.get("codes") or (),
            grams=int(tonnes * GRAMS) if tonnes is not None else None,
            per=values.get("per") or "",
            conditions=values.get("conditions") or (),
        )
        body = acts.Grant(
            licence=id,
            holder=holder,
            kind=kind.kind,
            number=values["number"],
            since=since,
            until=until,
            issued_by=values.get("issued_by") or "",
            scope=scope,
            stands=kind.stands,
            begins=course.begins("grant", economy, clock.now()),
        )
        state = self.trial.get(f"licence:{id}", LicenceState)
        if state is not None:
            for column, name in (
                ("holder", "holder"), ("kind", "kind"), ("number", "number"), ("since", "since"), ("until", "until"),
                ("issued_by", "issued_by"), ("operations", "scope"),
            ):  # fmt: skip
                if getattr(state, name) != getattr(body, name):
                    raise _changed(column, values["number"])
            raise KnownRow
        return Utterance("registry.grant", body)

    def _holder(self, row: SheetRow) -> tuple[str, str]:
        name = str(row.values["holder"])
        bare = name.rpartition(":")[2]
        subjects = [name] if ":" in name else [f"facility:{name}", f"organisation:{name}"]
        if SHORT.fullmatch(bare):
            for subject in subjects:
                state: FacilityState | OrganisationState | None = None
                if subject.startswith("facility:"):
                    state = self.trial.get(subject, FacilityState)
                elif subject.startswith("organisation:"):
                    state = self.trial.get(subject, OrganisationState)
                if state is not None:
                    return subject, state.economy
        raise RowFell(
            "holder",
            Problem(
                N_("There is no organisation or facility {name} on record, nor in the sheets before."),
                "",
                "unknown-subject",
                {"name": name[:80]},
            ),
        )


ACTS: Mapping[str, Callable[[Taking, SheetRow], Utterance]] = {
    "organisations": Taking.organisation,
    "identifiers": Taking.number,
    "roles": Taking.role,
    "facilities": Taking.facility,
    "licences": Taking.licence,
}


def licence_id(row: SheetRow) -> str:
    """The short name of a licence: its own, else one made of kind and number, so that a row said twice is one."""
    given = row.values.get("licence")
    if given:
        return str(given)
    number = str(row.values["number"])
    plain = re.sub(r"[^A-Za-z0-9]+", "-", number).strip("-")
    whole = number.isascii() and len(plain) <= 60
    return f"{row.values['kind']}-{plain.lower() if whole else sha256(number.encode()).hexdigest()[:16]}"


def take(
    content: bytes,
    name: str,
    *,
    dry_run: bool = False,
    actor: str = rights.NODE,
    columns: Columns | None = None,
    person: str = "",
    say: Callable[[int], None] = lambda rows: None,
) -> ImportOutcome:
    """Take the rows of a file into the record, or (`dry_run`) say what would become of them. Raises Refused.

    `say` is told how many rows were read, lot by lot.
    """
    outcome, taking = ImportOutcome(), Taking(actor)
    rows = importing.read(content, name, described.every(), columns)
    while lot := list(islice(rows, LOT)):
        taking.know(lot)
        good = list(_good(lot, taking, outcome))
        if dry_run:
            _count(good, outcome)
        elif good:
            _tell(good, actor, person, outcome)
        say(outcome.rows)
    return outcome


def _count(good: list[tuple[SheetRow, Utterance]], outcome: ImportOutcome) -> None:
    for row, _ in good:
        outcome.taken += 1
        outcome.by_sheet[row.sheet.name][1] += 1


def _good(lot: Iterable[SheetRow], taking: Taking, outcome: ImportOutcome) -> Iterator[tuple[SheetRow, Utterance]]:
    """The rows of a lot that may be told; the others are known, or their faults are kept."""
    for row in lot:
        outcome.rows += 1
        counts = outcome.by_sheet.setdefault(row.sheet.name, [0, 0, 0, 0])
        counts[0] += 1
        if row.faults:
            counts[3] += 1
            outcome.fault(row.faults)
            continue
        try:
            said = taking.utterance(row)
            taking.trial.say(said.kind, said.body)
        except KnownRow:
            outcome.known += 1
            counts[2] += 1
        except RowFell as fell:
            counts[3] += 1
            outcome.fault([row.fault(fell.column, fell.problem)])
        except MeguriError as error:
            counts[3] += 1
            outcome.fault(row.wrong(problem) for problem in error.problems)
        else:
            taking.told(said.body)
            yield row, said


def _tell(good: list[tuple[SheetRow, Utterance]], actor: str, person: str, outcome: ImportOutcome) -> None:
    """Tell a lot as one; where the record has gone on meanwhile, row by row."""
    try:
        journal.attest(actor, [said for _, said in good], person=person)
    except MeguriError:
        for row, said in good:
            try:
                journal.attest(actor, [said], person=person)
            except MeguriError as error:
                outcome.by_sheet[row.sheet.name][3] += 1
                outcome.fault(row.wrong(problem) for problem in error.problems)
            else:
                _count([(row, said)], outcome)
    else:
        _count(good, outcome)
