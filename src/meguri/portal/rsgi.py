"""The door that the server opens: the gate, and the pages behind it."""

import sys

from django.conf import settings

from meguri.portal.door.gate import Gate
from meguri.portal.wsgi import application as pages

# A page that waits for a neighbour's arithmetic waits a millisecond at each turn of its own, not five.
sys.setswitchinterval(0.001)
application = Gate(
    pages,
    int(settings.BODY_SIZE_MOST),
    int(settings.PROXIES),
    larger=settings.BODY_SIZE_LARGER,
    session=settings.SESSION_COOKIE_NAME,
)
