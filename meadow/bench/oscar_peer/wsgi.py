"""The WSGI application of the peer's shop."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "meadow.bench.oscar_peer.settings"
application = get_wsgi_application()
