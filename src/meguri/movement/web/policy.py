"""Movements are their parties': readers and drivers see them; drivers report what happens on the road."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "movement",
    {
        "movement:movements": AccessRule(read=Need.ROAD),
        "movement:new": AccessRule(read=Need.SAY, do=Need.SAY),
        "movement:movement": AccessRule(read=Need.ROAD, of="movement:<movement>"),
        "movement:say": AccessRule(do=Need.ROAD_SAY, of="movement:<movement>"),
        "movement:former_new": AccessRule(read=Need.SAY, do=Need.SAY),
        "movement:former_movement": AccessRule(read=Need.OPEN, do=Need.OPEN),
        "movement:former_say": AccessRule(read=Need.OPEN, do=Need.OPEN),
        "/api/movements/<movement>": AccessRule(read=Need.ROAD, of="movement:<movement>"),
    },
)
