"""The WSGI door that the server opens."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
application = get_wsgi_application()

from meguri.portal import preparing  # noqa: E402 - Django stands first

preparing.require_own_record()
