"""The first peer: the least that Django can do for one SQL query, in the bench's own database.

No session, no template: one note by primary key through a bare cursor, over the same
kind of connection pool as ours.
"""

import os
import random

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from meadow.bench.database import pooled

QUERY = "SELECT id, title, like_count FROM notes_note WHERE id = %s"
NOTES = int(os.environ.get("MEADOW_BENCH_NOTES", "1"))
FIRST = int(os.environ.get("MEADOW_BENCH_FIRST_NOTE", "1"))


def answer(request: HttpRequest) -> HttpResponse:
    """Answer one row."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [FIRST + random.randrange(NOTES)])
        row = cursor.fetchone()
    return HttpResponse(f"<p>{row[0]} {row[1]} {row[2]}</p>")


urlpatterns = [path("", answer)]

if not settings.configured:
    settings.configure(
        SECRET_KEY="of no use to anybody",  # noqa: S106 - a page without anything to sign
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        DATABASES={"default": pooled(os.environ["DATABASE_URL"])},
    )

application = get_wsgi_application()
