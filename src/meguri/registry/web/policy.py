"""Who is on record with which licence is everybody's, and anybody may apply. Who keeps the registry admits and imports;
an authority decides what is its own; an organisation looks after what it owns.
"""

from meguri.kit.people.policy import AccessRule, Need, Policy

KEPT = AccessRule(read=Need.KEEP, do=Need.KEEP)

POLICY = Policy(
    "registry",
    {
        "registry:organisations": AccessRule(read=Need.ANYONE),
        "registry:organisation": AccessRule(read=Need.ANYONE),
        "registry:facility": AccessRule(read=Need.ANYONE),
        "registry:licence": AccessRule(read=Need.ANYONE),
        "registry:delegation": AccessRule(read=Need.ANYONE),
        "registry:delegation_new": AccessRule(read=Need.SAY, do=Need.SAY, own=True),
        "registry:delegation_end": AccessRule(do=Need.SAY, own=True),
        "registry:apply": AccessRule(read=Need.ANYONE, do=Need.ANYONE),
        "registry:applied": AccessRule(read=Need.HOLDER),
        "registry:desk": AccessRule(read=Need.KEEP),
        "registry:next": AccessRule(read=Need.KEEP),
        "registry:authorities": KEPT,
        "registry:admit": KEPT,
        "registry:describe": KEPT,
        "registry:role": KEPT,
        "registry:close": AccessRule(do=Need.KEEP),
        "registry:facility_new": KEPT,
        "registry:facility_change": KEPT,
        "registry:facility_check": AccessRule(read=Need.SAY, do=Need.SAY),
        "registry:licence_new": KEPT,
        "registry:licence_apply": KEPT,
        "registry:licence_step": AccessRule(do=Need.KEEP),
        "registry:decide": KEPT,
        "registry:bring": KEPT,
        "registry:preview": KEPT,
        "registry:working": AccessRule(read=Need.KEEP),
        "registry:template": AccessRule(read=Need.KEEP),
    },
)
