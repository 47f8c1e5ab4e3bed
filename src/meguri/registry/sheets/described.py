"""The sheets by which organisations, their numbers and roles, facilities and licences are brought."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from meguri import law, reference
from meguri.kit import catalogues
from meguri.kit.problems import N_
from meguri.kit.sheets import described
from meguri.kit.sheets.described import SheetColumn, SheetForm
from meguri.kit.words import Words, plain
from meguri.registry import vocabulary
from meguri.registry.guards import common
from meguri.registry.naming import identifiers

SHORT = Words("Letters, digits and hyphens, such as penang-recovery. It stays for ever.")
LIST = Words("Several with a semicolon between.")
DAY = Words("Year, month and day, such as 2025-10-01.")
CODE = Words("ISO 3166 code of three letters.")
PERIODS = ("day", "month", "year", "term")
ROLES = "/body/roles"

economy = described.choice(reference.economies)
roles = described.several(described.choice(vocabulary.roles))
operations = described.several(described.choice(law.operations))


def _names() -> tuple[SheetColumn, ...]:
    """A column for the name in each language that readers are offered, English first and needed."""
    others = [code for code in catalogues.offered() if code != catalogues.SOURCE]
    known = catalogues.languages()
    return tuple(
        SheetColumn(
            f"name_{code}",
            Words("Name in {language}").format(language=plain(known[code].name)),
            described.text(200),
            needed=code == catalogues.SOURCE,
        )
        for code in (catalogues.SOURCE, *others)
    )


def _name_pointers() -> dict[str, str]:
    return {f"/body/names/{code}": f"name_{code}" for code in catalogues.offered()} | {"/body/names": "name_en"}


def _reached(kind: str) -> described.Parser:
    """How an office is reached, written so that it can be used."""

    def read(cell: str) -> str:
        if len(cell) > common.LONGEST_NAME or not common.CONTACTS[kind].fullmatch(cell):
            text = N_("“{value}” cannot be used to reach anybody. Write it like {example}.")
            raise described.CellWrong(text, "contact", value=cell[:80], example=common.EXAMPLES[kind])
        return cell

    return read


ADDRESS = (
    SheetColumn("street", Words("Street and number"), described.text(300)),
    SheetColumn("place", Words("Town"), described.text(300)),
    SheetColumn("postcode", Words("Postcode"), described.text(40)),
)


def organisations() -> SheetForm:
    """Organisations with their names, roles and how they are reached."""
    return SheetForm(
        "organisations",
        Words("Organisations"),
        (
            SheetColumn("organisation", Words("Short name"), described.text(60), True, SHORT, "hanoi-recovery"),
            *_names(),
            SheetColumn("economy", Words("Economy"), economy, True, CODE, "VNM"),
            SheetColumn("roles", Words("Roles"), roles, False, LIST, "exporter; collector"),
            SheetColumn(
                "authority",
                Words("Authority of the law"),
                described.choice(law.authorities),
                False,
                Words("For a competent authority: its name in the law's table."),
                "vnm-mae",
            ),
            *ADDRESS,
            SheetColumn("mail", Words("Mail address of the office"), _reached("mail"), example="office@example.org"),
            SheetColumn(
                "telephone", Words("Telephone of the office"), _reached("telephone"), example="+84 24 3822 0000"
            ),
            SheetColumn("web", Words("Web address"), _reached("web"), example="https://example.org"),
            SheetColumn(
                "new",
                Words("New for certain"),
                described.yes,
                False,
                Words("Write yes where it is another than the one that is called nearly the same."),
                "yes",
            ),
        ),
        {
            "/body/organisation": "organisation",
            **_name_pointers(),
            "/body/economy": "economy",
            ROLES: "roles",
            "/body/authority": "authority",
            "/body/addresses": "street",
            "/body/contacts": "mail",
        },
    )


def numbers() -> SheetForm:
    """National and other identifiers of organisations, any number of each."""
    return SheetForm(
        "identifiers",
        Words("Identifiers"),
        (
            SheetColumn("organisation", Words("Short name"), described.text(60), True, SHORT, "hanoi-recovery"),
            SheetColumn(
                "scheme",
                Words("Register"),
                described.choice(identifiers.schemes),
                True,
                Words("The register that gave the number, as docs/registry.md lists them."),
                "vnm-enterprise-code",
            ),
            SheetColumn("number", Words("Number"), described.text(60), True, example="0100109106"),
        ),
        {"/body/organisation": "organisation", "/body/identifiers": "number", "/body/names": "organisation"},
    )


def role_spans() -> SheetForm:
    """Roles from a day to a day."""
    return SheetForm(
        "roles",
        Words("Roles"),
        (
            SheetColumn("organisation", Words("Short name"), described.text(60), True, SHORT, "hanoi-recovery"),
            SheetColumn("role", Words("Role"), described.choice(vocabulary.roles), True, example="exporter"),
            SheetColumn("since", Words("Starts on"), described.day, False, DAY, "2025-10-01"),
            SheetColumn("until", Words("Last day"), described.day, False, DAY, "2026-09-30"),
        ),
        {
            "/body/organisation": "organisation",
            "/body/role": "role",
            "/body/since": "since",
            "/body/until": "until",
            ROLES: "role",
        },
    )


def facilities() -> SheetForm:
    """Facilities with their place, what they do and how much they take."""
    return SheetForm(
        "facilities",
        Words("Facilities"),
        (
            SheetColumn(
                "facility", Words("Short name of the facility"), described.text(60), True, SHORT, "hanoi-yard-1"
            ),
            SheetColumn("organisation", Words("Short name"), described.text(60), True, SHORT, "hanoi-recovery"),
            *_names(),
            SheetColumn("economy", Words("Economy"), economy, True, CODE, "VNM"),
            SheetColumn(
                "lat",
                Words("Latitude (°)"),
                described.number(Decimal(-90), Decimal(90)),
                True,
                Words("Degrees north, with a point."),
                "21.03",
            ),
            SheetColumn(
                "lon",
                Words("Longitude (°)"),
                described.number(Decimal(-180), Decimal(180)),
                True,
                Words("Degrees east, with a point."),
                "105.85",
            ),
            SheetColumn("port", Words("Port"), described.choice(reference.ports), False, Words("UN/LOCODE."), "VNHPH"),
            SheetColumn("operations", Words("Operations"), operations, False, LIST, "R12; R13"),
            SheetColumn(
                "capacity_t",
                Words("Capacity (t a year)"),
                described.number(Decimal(0), Decimal(10_000_000)),
                False,
                Words("Tonnes that it can take in a year."),
                "12000",
            ),
            *ADDRESS,
        ),
        {
            "/body/facility": "facility",
            "/body/organisation": "organisation",
            **_name_pointers(),
            "/body/economy": "economy",
            "/body/lat": "lat",
            "/body/lon": "lon",
            "/body/port": "port",
            "/body/operations": "operations",
            "/body/capacity": "capacity_t",
            "/body/address": "street",
        },
    )


def licences() -> SheetForm:
    """Licences and certificates of organisations and facilities."""
    return SheetForm(
        "licences",
        Words("Licences"),
        (
            SheetColumn(
                "licence",
                Words("Short name of the licence"),
                described.text(100),
                False,
                Words("Empty: it is made of kind and number."),
            ),
            SheetColumn(
                "holder",
                Words("Holder"),
                described.text(80),
                True,
                Words("Short name of the organisation or facility."),
                "jp-smelter",
            ),
            SheetColumn(
                "kind", Words("Kind"), described.choice(vocabulary.licence_kinds), True, example="jpn-art15-recycler"
            ),
            SheetColumn("number", Words("Number"), described.text(200), True, example="15-1"),
            SheetColumn(
                "issued_by",
                Words("Issued by"),
                described.choice(law.authorities),
                False,
                Words("The authority's name in the law's table."),
                "jpn-moej",
            ),
            SheetColumn("since", Words("Starts on"), described.day, True, DAY, "2025-04-01"),
            SheetColumn("until", Words("Last day"), described.day, False, DAY, "2030-03-31"),
            SheetColumn("operations", Words("Operations"), operations, False, LIST, "R4"),
            SheetColumn(
                "streams",
                Words("Streams"),
                described.several(described.choice(law.streams)),
                False,
                LIST,
                "circuit-boards",
            ),
            SheetColumn(
                "codes",
                Words("Codes"),
                described.several(described.choice(law.waste_codes)),
                False,
                LIST,
                "basel:A1181",
            ),
            SheetColumn(
                "tonnes",
                Words("Tonnes"),
                described.number(Decimal(0), Decimal(10_000_000)),
                False,
                Words("With its period beside."),
                "5000",
            ),
            SheetColumn(
                "per", Words("Period"), described.choice(lambda: PERIODS), False, plain(" / ".join(PERIODS)), "year"
            ),
            SheetColumn("conditions", Words("Conditions"), described.several(described.text()), False, LIST),
        ),
        {
            "/body/licence": "licence",
            "/body/holder": "holder",
            "/body/kind": "kind",
            "/body/number": "number",
            "/body/issued_by": "issued_by",
            "/body/since": "since",
            "/body/until": "until",
            "/body/scope/operations": "operations",
            "/body/scope/streams": "streams",
            "/body/scope/codes": "codes",
            "/body/scope/grams": "tonnes",
            "/body/scope/per": "per",
            "/body/scope/conditions": "conditions",
        },
    )


def every() -> Sequence[SheetForm]:
    """All sheets, in the order in which they are told: who is there before what is theirs."""
    return (organisations(), numbers(), role_spans(), facilities(), licences())
