"""The WSGI application that Granian serves."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meadow.web.settings")
application = get_wsgi_application()

from meadow.feed.keeper import keeper  # noqa: E402 - after Django has loaded its models

keeper.serve()

# A page makes thousands of short-lived objects and no cycles; looking for some after each 700 costs a
# tenth of its time.
gc.set_threshold(50_000, 20, 50)
# What is loaded now stays for the life of the process: a full collection need not walk it.
gc.freeze()
# A thread that comes back from PostgreSQL waits for the lock of one that computes, 5 ms each time by
# default, which is longer than a page takes.
sys.setswitchinterval(0.0005)
