"""The WSGI application that Granian serves."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meadow.web.settings")
application = get_wsgi_application()

from meadow.feed.keeper import keeper  # noqa: E402 - after Django has loaded its models
from meadow.promotion.delivery.reporting import reporter  # noqa: E402

keeper.serve()
reporter.serve()

# A page makes thousands of short-lived objects and few cycles. Looking for some after each 700 costs a
# tenth of its time; after each 50,000 one page in a hundred waited 70 ms for what others left behind.
gc.set_threshold(5_000, 10, 50)
# What is loaded now stays for the life of the process: a full collection need not walk it.
gc.freeze()
# A thread that comes back from PostgreSQL waits for the lock of one that computes, 5 ms each time by
# default, which is longer than a page takes.
sys.setswitchinterval(0.0005)
