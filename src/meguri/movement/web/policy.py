"""Movements are their parties': readers and drivers see them; drivers report what happens on the road."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "movement",
    {
        "movement:movements": Rule(read=Need.ROAD),
        "movement:new": Rule(read=Need.SAY, do=Need.SAY),
        "movement:movement": Rule(read=Need.ROAD, of="movement:<movement>"),
        "movement:say": Rule(do=Need.ROAD_SAY, of="movement:<movement>"),
        "movement:former_new": Rule(read=Need.SAY, do=Need.SAY),
        "movement:former_movement": Rule(read=Need.OPEN, do=Need.OPEN),
        "movement:former_say": Rule(read=Need.OPEN, do=Need.OPEN),
        "/api/movements/<movement>": Rule(read=Need.ROAD, of="movement:<movement>"),
    },
)
