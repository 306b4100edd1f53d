"""The first peer: the least that Django can do for one SQL query, in the bench's own database.

No session, no template: one note by primary key, over the same kind of connection pool as ours. `/` takes a
bare cursor, which is the least of all and what the goal is held against; `/orm` asks the way Django
applications do, and stands beside it.
"""

import os
import random

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path

from meadow.bench.database import pooled

QUERY = "SELECT id, title, like_count FROM notes_note WHERE id = %s"
NOTES = int(os.environ.get("MEADOW_BENCH_NOTES", "1"))
FIRST = int(os.environ.get("MEADOW_BENCH_FIRST_NOTE", "1"))

if not settings.configured:
    settings.configure(
        SECRET_KEY="of no use to anybody",  # noqa: S106 - a page without anything to sign
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        DATABASES={"default": pooled(os.environ["DATABASE_URL"])},
    )

application = get_wsgi_application()


class Row(models.Model):
    """A note, as far as one answer goes."""

    title = models.CharField(max_length=60)
    like_count = models.PositiveIntegerField()

    class Meta:
        app_label = "one_query"
        managed = False
        db_table = "notes_note"


def answer(request: HttpRequest) -> HttpResponse:
    """Answer one row, over a bare cursor."""
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [any_id()])
        row = cursor.fetchone()
    return HttpResponse(f"<p>{row[0]} {row[1]} {row[2]}</p>")


def answer_by_orm(request: HttpRequest) -> HttpResponse:
    """Answer one row, through the ORM."""
    row = Row._default_manager.get(pk=any_id())
    return HttpResponse(f"<p>{row.pk} {row.title} {row.like_count}</p>")


def any_id() -> int:
    """Return the id of some note."""
    return FIRST + random.randrange(NOTES)


urlpatterns = [path("", answer), path("orm", answer_by_orm)]
