"""The home page is everybody's; accounts and organisations are the administrator's."""

from meguri.kit.people.policy import Need, Policy, Rule

POLICY = Policy(
    "portal",
    {
        "portal:home": Rule(read=Need.OPEN),
        "portal:find": Rule(read=Need.OPEN),
        "portal:next": Rule(read=Need.OPEN),
        "portal:how_sure": Rule(read=Need.OPEN),
        "portal:members": Rule(read=Need.ADMINISTER),
        "portal:invite": Rule(do=Need.ADMINISTER),
        "portal:member_change": Rule(do=Need.ADMINISTER),
        "portal:member_end": Rule(do=Need.ADMINISTER),
        "portal:invitation_withdraw": Rule(do=Need.ADMINISTER),
        "portal:invitation": Rule(read=Need.HOLDER, do=Need.HOLDER),
        "portal:access": Rule(read=Need.OVERSEE),
        "portal:people": Rule(read=Need.ADMINISTRATOR),
        "portal:admit": Rule(do=Need.ADMINISTRATOR),
        "portal:admit_authority": Rule(do=Need.ADMINISTRATOR),
        "portal:person_add": Rule(do=Need.ADMINISTRATOR),
        "portal:person_active": Rule(do=Need.ADMINISTRATOR),
        "portal:person_password": Rule(do=Need.ADMINISTRATOR),
    },
)
