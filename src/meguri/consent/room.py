"""What the room of consent has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room(
    "consent",
    acts=("acts", "folds", "intake", "guards", "papers"),
    kinds="tables/kinds.csv",
    books={
        "case": "models.Case",
        "account": "models.Account",
        "verdict": "models.KeptVerdict",
        "track": "models.Track",
        "reply": "models.Reply",
        "guarantee": "models.Guarantee",
    },
    after={
        "intake.take_in_all": (
            "consent.notify",
            "consent.step",
            "consent.lapse",
            "consent.reply",
            "consent.retract",
        )
    },
    ready={"clock": "passing.readiness_of_clock"},
    waiting="web.home_page.waiting",
    followed="web.home_page.followed",
    links={"/cases/": Words("Cases")},
    pages="web.urls",
    lists="web.listed.LISTS",
    policy="web.policy",
    endpoints="web.api",
    commands="commands",
)
