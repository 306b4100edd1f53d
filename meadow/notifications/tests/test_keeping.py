"""News is kept for its time, to the microsecond, and goes in batches with its letters."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.testing import make_person, sign_in
from meadow.core.testing import race
from meadow.core.transactions import transaction
from meadow.notifications import keeping
from meadow.notifications.keeping import forget_old, get_keep_days
from meadow.notifications.models import KeepRule, Letter, Notification
from meadow.notifications.queries import count_unread
from meadow.notifications.services import notify
from meadow.notifications.tasks import forget_old as forget_old_task
from meadow.notifications.testing import make_notification

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
DAY, TICK = dt.timedelta(days=1), dt.timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def rules(db: None) -> None:
    """Have the rules that ship, which Django's flush between tests empties."""
    for kind, days in (("read", 90), ("unread", 365)):
        KeepRule.objects.update_or_create(kind=kind, defaults={"keep_days": days})


def left() -> list[int]:
    return list(Notification.objects.order_by("pk").values_list("pk", flat=True))


def make_read(person_id: int, read_at: dt.datetime) -> Notification:
    return make_notification(person_id, now=read_at - DAY, read_at=read_at)


def test_read_news_goes_ninety_days_after_it_was_read_and_not_a_tick_before() -> None:
    ann = make_person()
    gone = make_read(ann.pk, NOW - 90 * DAY - TICK)
    kept = make_read(ann.pk, NOW - 90 * DAY)
    old_but_just_read = make_notification(ann.pk, now=NOW - 800 * DAY, read_at=NOW)

    assert forget_old(now=NOW) == 1
    assert forget_old(now=NOW) == 0

    assert left() == [kept.pk, old_but_just_read.pk]
    assert gone.pk not in left()


def test_unread_news_goes_a_year_after_it_came_and_the_bell_counts_the_rest() -> None:
    ann = make_person()
    make_notification(ann.pk, now=NOW - 365 * DAY - TICK)
    kept = [make_notification(ann.pk, now=NOW - 365 * DAY + TICK * n) for n in range(3)]

    assert forget_old(now=NOW) == 1

    assert left() == [one.pk for one in kept]
    assert count_unread(person_id=ann.pk) == 3


def test_how_long_is_data_and_no_rule_means_for_ever() -> None:
    ann = make_person()
    make_read(ann.pk, NOW - 4000 * DAY)
    make_notification(ann.pk, now=NOW - 4000 * DAY)
    KeepRule.objects.filter(kind="read").update(keep_days=None)
    KeepRule.objects.filter(kind="unread").delete()

    assert forget_old(now=NOW) == 0
    assert get_keep_days() == {"read": None, "unread": None}
    KeepRule.objects.filter(kind="read").update(keep_days=4000)
    assert forget_old(now=NOW + TICK) == 1


def test_news_is_kept_a_day_at_least() -> None:
    with pytest.raises(IntegrityError, match="news_is_kept_a_day_at_least"):
        KeepRule.objects.filter(kind="read").update(keep_days=0)


def test_its_letter_goes_with_it() -> None:
    ann = make_person()
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)
    for place, at in enumerate((NOW - 400 * DAY, NOW)):
        with transaction():
            notify(person_id=ann.pk, kind="tests.news", params={}, url="/", key=f"k{place}", now=at)

    forget_old(now=NOW)

    assert list(Letter.objects.values_list("pk", flat=True)) == left()
    assert len(left()) == 1


def test_it_goes_in_batches_of_bounded_size_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "ROWS_A_BATCH", 2)
    ann = make_person()
    rows = [make_notification(ann.pk, now=NOW - (400 + n) * DAY) for n in range(5)]

    first = forget_old(now=NOW)

    assert (first, left()) == (2, [row.pk for row in rows[:3]])
    assert [forget_old(now=NOW) for _ in range(3)] == [2, 1, 0]


def test_the_job_goes_on_until_nothing_old_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "ROWS_A_BATCH", 2)
    ann = make_person()
    for n in range(5):
        make_notification(ann.pk, now=NOW - (400 + n) * DAY)
    kept = make_notification(ann.pk)

    forget_old_task(timestamp=0)

    assert left() == [kept.pk]


@pytest.mark.parametrize("kind", ["read", "unread"])
def test_what_is_over_its_time_is_found_by_an_index(kind: str) -> None:
    make_notification(make_person().pk, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        forget_old(now=NOW)
    found = [q["sql"] for q in asked.captured_queries if "FOR UPDATE" in q["sql"]]
    assert len(found) == 2

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {found[0 if kind == 'read' else 1]}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert f"notifications_{kind}_since" in plan


def test_the_settings_say_how_long_news_is_kept() -> None:
    KeepRule.objects.filter(kind="unread").update(keep_days=None)

    page = sign_in(make_person()).get("/settings/notifications").content.decode()

    assert "What you have read leaves the list 90 days later." in page
    assert "What you never open" not in page


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_delete_each_piece_once() -> None:
    ann = make_person()
    for n in range(20):
        make_notification(ann.pk, now=NOW - (400 + n) * DAY)
    kept = make_notification(ann.pk, now=NOW)

    counted = race(lambda _number: forget_old(now=NOW), runners=4)

    assert sum(one for one in counted if isinstance(one, int)) == 20
    assert left() == [kept.pk]
