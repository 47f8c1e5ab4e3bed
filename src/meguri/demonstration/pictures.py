"""Every page worth a picture, with the role that opens it, for a story that was played to its end."""

from __future__ import annotations

import msgspec

from meguri.demonstration import stage, story
from meguri.demonstration.scenario import StoryScenario

PAGES: tuple[tuple[str, str, str], ...] = (
    ("home", "anyone", "/"),
    ("home-authority", "epa", "/"),
    ("home-exporter", "exporter", "/"),
    ("story", "anyone", "/demonstration/"),
    ("sign-in", "anyone", "/accounts/login/"),
    ("may-it-move", "anyone", "/may-it-move"),
    ("law", "anyone", "/law/"),
    ("law-economy", "anyone", "/law/VNM"),
    ("law-union", "anyone", "/law/DEU"),
    ("law-instrument", "anyone", "/law/instruments/oecd-decision"),
    ("law-gaps", "anyone", "/law/gaps"),
    ("law-timeline", "anyone", "/law/timeline?economy=THA"),
    (
        "law-timeline-lane",
        "anyone",
        "/law/timeline?from=JPN&to=THA&stream=mixed-household-e-waste&operation=R4&fact=hazardous%3Dfalse",
    ),
    ("law-map", "anyone", "/law/map?to=JPN&stream=circuit-boards&operation=R4&hazardous=false&on=2026-11-23"),
    ("law-laboratory", "anyone", "/law/laboratory"),
    ("law-clauses", "anyone", "/law/clauses"),
    ("law-checked", "anyone", "/law/checked"),
    ("following", "exporter", "/following/"),
    ("delegation-new", "exporter", "/registry/delegations/new"),
    ("plans", "anyone", "/plan/"),
    ("plan", "anyone", "/plan/reference/"),
    ("plans-compared", "anyone", "/plan/compare/?a=reference&b=security"),
    ("plan-front", "anyone", "/plan/reference/front"),
    ("plan-whatever-comes", "anyone", "/plan/whatever-comes"),
    ("plan-own", "anyone", "/plan/new"),
    ("next", "anyone", "/next"),
    ("what-will-come", "anyone", "/what-will-come"),
    ("what-will-come-economy", "anyone", "/what-will-come/economies/JPN"),
    ("what-will-come-uncertainty", "anyone", "/what-will-come/economies/JPN/uncertainty"),
    ("what-will-come-region", "anyone", "/what-will-come/economies/ASEAN?product=vehicles"),
    ("what-will-come-products", "anyone", "/what-will-come/products?economy=MYS"),
    ("what-will-come-product", "anyone", "/what-will-come/products/0303?economy=JPN"),
    ("what-will-come-elements", "anyone", "/what-will-come/elements?economy=JPN"),
    ("what-will-come-copper", "anyone", "/what-will-come/elements/Cu?economy=JPN"),
    ("what-will-come-gold", "anyone", "/what-will-come/elements/Au"),
    ("what-will-come-scenarios", "anyone", "/what-will-come/scenarios"),
    ("what-will-come-compare", "anyone", "/what-will-come/compare?with=higher-collection&variable=collected"),
    ("what-will-come-validation", "anyone", "/what-will-come/validation"),
    ("worth", "anyone", "/worth/"),
    ("how-sure", "anyone", "/about/confidence"),
    ("facts", "anyone", "/facts/"),
    ("facts-recovery", "anyone", "/facts/recovery"),
    ("facts-ports", "anyone", "/facts/ports"),
    ("organisations", "anyone", "/organisations/"),
    ("organisation", "anyone", "/organisations/demo-seto-smelter"),
    ("facility", "anyone", "/registry/facilities/demo-seto-smelter-site"),
    ("licence", "anyone", "/registry/licences/demo-recycler-certificate"),
    ("apply", "anyone", "/registry/apply"),
    ("registry-authority", "doe", "/registry/"),
    ("licence-new", "doe", "/registry/licences/new"),
    ("movements", "exporter", "/movements/"),
    ("drafts", "exporter", "/drafts/"),
    ("paper-new", "exporter", "/papers/attach?about=case:{case}"),
    ("buying", "penang", "/buying/"),
    ("collector-new", "penang", "/buying/collectors/new"),
    ("take-in", "penang", "/lots/take-in"),
    ("instruments", "penang", "/lots/instruments"),
    ("dismantle-new", "penang", "/lots/{penang_lot}/dismantle"),
    ("blend-new", "exporter", "/lots/blend"),
    ("smelt-new", "smelter", "/lots/smelt"),
    ("certificates", "smelter", "/certificates/"),
    ("claims", "smelter", "/claims/"),
    ("verify", "anyone", "/verify"),
    ("sample-new", "smelter", "/lots/sample"),
    ("samples", "smelter", "/samples/"),
    ("sample", "exporter", "/samples/{sample}"),
    ("lots-yard", "penang", "/lots/"),
    ("lots-exporter", "exporter", "/lots/"),
    ("lots-smelter", "smelter", "/lots/"),
    ("lot-collected", "penang", "/lots/{penang_lot}"),
    ("lot-blend", "exporter", "/lots/{blend}"),
    ("lot-gold", "smelter", "/lots/{gold}"),
    ("trace-gold", "smelter", "/lots/{gold}/trace"),
    ("trace-yard", "penang", "/lots/{penang_lot}/trace?down=1"),
    ("share", "anyone", "/share/{share}"),
    ("balance", "smelter", "/balance"),
    ("balance-reconciled", "smelter", "/balance/reconciled"),
    ("cases-authority", "moej", "/cases/"),
    ("cases-exporter", "exporter", "/cases/"),
    ("case", "doe", "/cases/{case}"),
    ("case-exporter", "exporter", "/cases/{case}"),
    ("case-american", "epa", "/cases/{american_case}"),
    ("movement", "carrier", "/cases/{case}/movements/{movement}"),
    ("movement-smelter", "smelter", "/cases/{case}/movements/{movement}"),
    ("journal", "auditor", "/journal/"),
    ("not-found", "penang", "/cases/{case}"),
)


def every() -> tuple[tuple[str, str, str], ...]:
    """(name, role, path) of every page; names serve as file names, roles are the cast's or ``anyone``."""
    row = stage.row()
    assert row is not None, "the story was played"
    told = story.told(msgspec.convert(row.scenario, StoryScenario))
    made = row.memory["names"]["things"]
    memory = {
        "penang_lot": next(iter(made["penang-lot"]["lots"].values())),
        "blend": next(iter(made["blend"]["lots"].values())),
        "sample": made["sample"]["sample"],
        "gold": made["metal"]["lots"]["Au"],
        "share": made["link"]["share"],
        "case": made["case"]["case"],
        "american_case": made["american-case"]["case"],
        "movement": made["movement"]["movement"],
    }
    asked = story.questions(told)
    return (
        *((name, role, path.format_map(memory)) for name, role, path in PAGES),
        *((f"verdict-{one.id}", "anyone", f"/may-it-move?{one.query}") for one in asked),
        ("case-new", "exporter", f"/cases/new?{asked[0].query}"),
    )
