"""The home page is everybody's; accounts and organisations are the administrator's."""

from meguri.kit.people.policy import AccessRule, Need, Policy

POLICY = Policy(
    "portal",
    {
        "portal:home": AccessRule(read=Need.OPEN),
        "portal:find": AccessRule(read=Need.OPEN),
        "portal:next": AccessRule(read=Need.OPEN),
        "portal:how_sure": AccessRule(read=Need.OPEN),
        "portal:four_eyes": AccessRule(read=Need.ADMINISTER, do=Need.ADMINISTER),
        "portal:calendar": AccessRule(read=Need.ROAD, do=Need.ROAD, own=True),
        "portal:calendar_withdraw": AccessRule(do=Need.ROAD, own=True),
        "portal:calendar_feed": AccessRule(read=Need.HOLDER),
        "portal:mail": AccessRule(read=Need.ROAD, do=Need.ROAD, own=True),
        "portal:mail_end": AccessRule(read=Need.HOLDER, do=Need.HOLDER),
        "portal:drafts": AccessRule(read=Need.SAY, own=True),
        "portal:draft": AccessRule(read=Need.SAY, own=True),
        "portal:draft_sign": AccessRule(do=Need.SAY, own=True),
        "portal:draft_away": AccessRule(do=Need.SAY, own=True),
        "portal:members": AccessRule(read=Need.ADMINISTER),
        "portal:invite": AccessRule(do=Need.ADMINISTER),
        "portal:member_change": AccessRule(do=Need.ADMINISTER),
        "portal:member_end": AccessRule(do=Need.ADMINISTER),
        "portal:invitation_withdraw": AccessRule(do=Need.ADMINISTER),
        "portal:invitation": AccessRule(read=Need.HOLDER, do=Need.HOLDER),
        "portal:access": AccessRule(read=Need.OVERSEE),
        "portal:people": AccessRule(read=Need.ADMINISTRATOR),
        "portal:admit": AccessRule(do=Need.ADMINISTRATOR),
        "portal:admit_authority": AccessRule(do=Need.ADMINISTRATOR),
        "portal:person_add": AccessRule(do=Need.ADMINISTRATOR),
        "portal:person_active": AccessRule(do=Need.ADMINISTRATOR),
        "portal:person_password": AccessRule(do=Need.ADMINISTRATOR),
    },
)
