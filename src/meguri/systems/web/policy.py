"""What systems read is what the organisation's people read; what a token is good for, each endpoint asks of it.

Tokens and webhooks are made by who looks after the organisation's people.
"""

from meguri.kit.people.policy import AccessRule, Need, Policy

OPEN = ("organisations", "facilities", "licences", "delegations")
OWN = ("cases", "lots", "movements", "samples", "certificates", "accounts", "claims")
TOKENS = AccessRule(read=Need.HOLDER, do=Need.HOLDER)
HOOKS = AccessRule(read=Need.HOLDER, do=Need.HOLDER, own=True)
HOOK = AccessRule(do=Need.HOLDER, own=True)

POLICY = Policy(
    "systems",
    {
        "systems:overview": AccessRule(read=Need.ADMINISTER),
        "systems:token_make": AccessRule(do=Need.ADMINISTER),
        "systems:token_withdraw": AccessRule(do=Need.ADMINISTER),
        "systems:hook_make": AccessRule(do=Need.ADMINISTER),
        "systems:hook_switch": AccessRule(do=Need.ADMINISTER),
        "systems:hook_replay": AccessRule(do=Need.ADMINISTER),
        "systems:hook_remove": AccessRule(do=Need.ADMINISTER),
        **{f"/api/{name}": AccessRule(read=Need.ANYONE) for name in OPEN},
        **{f"/api/{name}/<id>": AccessRule(read=Need.ANYONE) for name in OPEN},
        **{f"/api/{name}": AccessRule(read=Need.READ) for name in OWN},
        "/api/feed": AccessRule(read=Need.READ),
        "/api/token": AccessRule(read=Need.HOLDER),
        "/api/drafts": TOKENS,
        "/api/drafts/<id>": TOKENS,
        "/api/drafts/<id>/sign": AccessRule(do=Need.HOLDER),
        "/api/drafts/<id>/to-sign": AccessRule(read=Need.HOLDER),
        "/api/webhooks": HOOKS,
        "/api/webhooks/<id>": HOOKS,
        "/api/webhooks/<id>/on": HOOK,
        "/api/webhooks/<id>/off": HOOK,
        "/api/webhooks/<id>/replay": HOOK,
    },
)
