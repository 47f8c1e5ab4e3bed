"""What custody has for the house."""

from meguri.kit.rooms import Room

ROOM = Room(
    "custody",
    acts=("acts", "folds", "guards", "assays.acts", "assays.folds", "assays.guards"),
    kinds="tables/kinds.csv",
    books={
        "lot": "models.Lot",
        "event": "models.Event",
        "instrument": "models.Instrument",
        "certificate": "models.IssuedCertificate",
        "treated": "models.Treated",
        "sample": "models.LotSample",
        "content": "models.ClaimAccount",
        "accounts": "models.SiteAccounts",
        "claim": "models.ContentClaim",
        "process": "models.SiteProcess",
    },
    waiting="answers.home_page.waiting",
    pages="web.urls",
    lists="web.listed.LISTS",
    policy="web.policy",
    endpoints="web.api",
    commands="commands",
)
