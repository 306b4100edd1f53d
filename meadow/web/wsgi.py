"""The WSGI application that Granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meadow.web.settings")
application = get_wsgi_application()

from meadow.feed.keeper import keeper  # noqa: E402 - after Django has loaded its models

keeper.serve()
