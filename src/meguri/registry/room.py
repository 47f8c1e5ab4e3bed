"""What the registry has for the house."""

from meguri.kit.rooms import Room

ROOM = Room(
    "registry",
    acts=("acts", "folds", "guards"),
    kinds="tables/kinds.csv",
    books={
        "organisation": "models.Organisation",
        "facility": "models.Facility",
        "licence": "models.Licence",
        "use": "models.LicenceUse",
        "identifier": "models.Number",
        "check": "models.FacilityCheck",
        "application": "models.Application",
    },
    waiting="web.home_page.waiting",
    pages="web.urls",
    lists="web.listed.LISTS",
    policy="web.policy",
    commands="commands",
)
