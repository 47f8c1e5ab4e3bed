"""The door that the server opens: the gate, and the pages behind it."""

from django.conf import settings

from meguri.portal.door.gate import Gate
from meguri.portal.wsgi import application as pages

application = Gate(pages, int(settings.BODY_SIZE_MOST), int(settings.PROXIES))
