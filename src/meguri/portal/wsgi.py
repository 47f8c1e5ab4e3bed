"""The WSGI door that the server opens."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from meguri.kit.running.starting import collect_seldom

collect_seldom()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
application = get_wsgi_application()

from meguri.kit.running import parents, structs  # noqa: E402
from meguri.kit.running.database import require_isolation  # noqa: E402
from meguri.portal import preparing  # noqa: E402

require_isolation()
# A worker whose server was killed would go on answering, with nobody to start it again.
if parents.SERVER in os.environ:
    parents.end_with(int(os.environ[parents.SERVER]))
preparing.require_own_record()
preparing.remember_time()
import_module(settings.ROOT_URLCONF)
structs.prepare()
