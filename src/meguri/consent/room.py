"""What the room of consent has for the house."""

from meguri.kit.rooms import Room
from meguri.kit.words import Words

ROOM = Room(
    "consent",
    acts=("acts", "folds", "receiving", "guards.dossier", "guards.tracks"),
    kinds="tables/kinds.csv",
    books={
        "case": "models.Case",
        "account": "models.Account",
        "verdict": "models.Verdict",
        "track": "models.Track",
        "reply": "models.Reply",
        "guarantee": "models.Guarantee",
    },
    after={
        "receiving.take_in_all": (
            "consent.notify",
            "consent.step",
            "consent.lapse",
            "consent.reply",
            "consent.retract",
        )
    },
    ready={"clock": "passing.readiness_of_clock"},
    waiting="web.feeds.waiting",
    followed="web.feeds.followed",
    links={"/cases/": Words("Cases")},
    pages="web.urls",
    endpoints="web.api",
    commands="commands",
)
