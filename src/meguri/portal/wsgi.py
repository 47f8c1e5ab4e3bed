"""The WSGI door that the server opens."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
application = get_wsgi_application()

from meguri.kit.database import require_isolation  # noqa: E402 - Django stands first
from meguri.portal import preparing  # noqa: E402

require_isolation()
preparing.require_own_record()
