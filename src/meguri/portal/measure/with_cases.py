"""Puts open cases on the record of a server that is measured, and somebody who acts for the authority they ask."""

from __future__ import annotations

import os
import sys
from datetime import timedelta

AUTHORITY = "mys-doe"


def main(count: int) -> None:
    """Notify so many cases; the last line printed is the session of a user of the authority."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from meguri import law
    from meguri.consent import services
    from meguri.kit import clock
    from meguri.kit.models import Membership, User
    from meguri.registry import models as registered
    from meguri.registry import services as registry

    if not registered.Organisation.objects.filter(id="bench-seller").exists():
        registry.admit_authorities([AUTHORITY, "jpn-moej", "jpn-meti"])
        registry.admit("bench-seller", {"en": "Seller"}, "MYS", ("exporter",))
        registry.admit("bench-buyer", {"en": "Buyer"}, "JPN", ("importer",))
        registry.admit("bench-smelter", {"en": "Smelter"}, "JPN", ("smelter",))
        registry.site("bench-smelter", {"en": "Works"}, "JPN", 34.5, 134.0, facility="bench-works", operations=["R4"])
    day = clock.today()
    question = law.Question.parse(
        on=day.isoformat(), stream="circuit-boards", origin="MYS", destination="JPN", operation="R4"
    )
    verdict = law.verdict(question)
    for n in range(count):
        services.notify(
            "bench-seller",
            verdict,
            importer="bench-buyer",
            facility="bench-works",
            total_g=5_000_000,
            period_from=day,
            period_to=day + timedelta(days=300),
            description=f"Circuit boards {n}",
        )
    user, _ = User.objects.get_or_create(username="bench")
    Membership.objects.get_or_create(user=user, organisation=f"organisation:{AUTHORITY}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
