"""The bell on every page, the list that it opens, and what comes by e-mail."""

import datetime as dt
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.notifications.bell import UNREAD_SQL
from meadow.notifications.models import Notification
from meadow.notifications.queries import list_mail_choices
from meadow.notifications.testing import make_notification

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


def bell_of(html: str) -> str:
    found = re.search(r'<a class="bell .*?</a>', html, re.DOTALL)
    return found.group() if found else ""


def label_of(html: str) -> str:
    return bell_of(html).partition('aria-label="')[2].partition('"')[0]


def titles(html: str) -> list[str]:
    found = re.findall(r'<span class="news-title">(.*?)\n *</span>', html, re.DOTALL)
    return [re.sub(r"<.*?>", "", words).strip() for words in found]


def some(person: Person, count: int) -> list[Notification]:
    return [make_notification(person.pk, params={"n": n}, now=NOON) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "label", "shown"),
    [
        (0, "Notifications", ""),
        (1, "Notifications: 1 unread", ">1</span>"),
        (99, "Notifications: 99 unread", ">99</span>"),
        (100, "Notifications: 99+ unread", ">99+</span>"),
        (101, "Notifications: 99+ unread", ">99+</span>"),
    ],
)
@pytest.mark.parametrize("page", ["/", "/settings/profile"])
def test_the_bell_says_how_much_is_unread(page: str, count: int, label: str, shown: str) -> None:
    ann, ben = make_person(), make_person()
    some(ann, count)
    some(ben, 3)
    read = make_notification(ann.pk, now=NOON)
    Notification.objects.filter(pk=read.pk).update(read_at=NOON)

    html = sign_in(ann).get(page).content.decode()

    assert label_of(html) == label
    assert shown in bell_of(html)
    assert ("bell-count" in bell_of(html)) == (count > 0)


def test_a_stranger_has_no_bell_and_nothing_is_counted_for_them() -> None:
    with CaptureQueriesContext(connection) as asked:
        html = Client().get("/").content.decode()

    assert bell_of(html) == ""
    assert [q for q in asked.captured_queries if "notifications_" in q["sql"]] == []


def test_a_page_with_a_bell_asks_nothing_beyond_session_and_person() -> None:
    ann = make_person()
    some(ann, 3)
    client = sign_in(ann)

    with CaptureQueriesContext(connection) as asked:
        html = client.get("/settings/appearance").content.decode()

    assert label_of(html) == "Notifications: 3 unread"
    assert len(asked) == 1


def test_the_bell_counts_for_a_session_that_brings_no_person_along() -> None:
    ann = make_person()
    some(ann, 2)
    client = Client()
    client.force_login(ann, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert label_of(client.get("/settings/appearance").content.decode()) == (
        "Notifications: 2 unread"
    )


def test_the_count_reads_the_index_of_what_is_unread_and_stops_at_a_hundred() -> None:
    ann = make_person()
    some(ann, 150)
    statement = f"SELECT {UNREAD_SQL} FROM accounts_person p WHERE p.id = %s"  # noqa: S608

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", [ann.pk])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(statement, [ann.pk])
        counted = cursor.fetchone()[0]

    assert "notifications_unread" in plan
    assert counted == 100


def test_the_bell_renews_itself_and_says_nothing_where_nothing_changed() -> None:
    ann = make_person()
    some(ann, 2)
    client = sign_in(ann)

    with CaptureQueriesContext(connection) as asked:
        fresh = client.get("/notifications/bell?shown=1", **HTMX)
        same = client.get("/notifications/bell?shown=2", **HTMX)

    assert label_of(fresh.content.decode()) == "Notifications: 2 unread"
    assert (same.status_code, same.content) == (204, b"")
    assert len(asked) == 2  # the session and its person, each time


def test_the_list_is_newest_first_under_its_days() -> None:
    ann = make_person()
    for n, days in enumerate((2, 1, 1, 0)):
        make_notification(
            ann.pk, kind="tests.news", params={"n": n}, now=NOON - dt.timedelta(days=days)
        )
    make_notification(make_person().pk, kind="tests.quiet")

    html = sign_in(ann).get("/notifications").content.decode()

    assert [words.split()[-1] for words in titles(html)] == ["3", "2", "1", "0"]
    assert re.findall(r"<h2>(.*?) UTC</h2>", html) == [
        "May 2, 2026",
        "May 1, 2026",
        "April 30, 2026",
    ]
    assert "Quiet" not in html


def test_the_list_asks_for_one_page_of_rows_beyond_the_session() -> None:
    ann = make_person()
    some(ann, 30)
    client = sign_in(ann)

    with CaptureQueriesContext(connection) as asked:
        html = client.get("/notifications").content.decode()

    assert len(titles(html)) == 24
    assert len(asked) == 2


def test_the_list_goes_on_by_cursor_to_its_end() -> None:
    ann = make_person()
    some(ann, 30)
    client = sign_in(ann)
    first = client.get("/notifications").content.decode()
    [more] = set(re.findall(r'href="(/notifications\?cursor=[^"]+)"', first))

    rest = client.get(more, **HTMX).content.decode()

    assert len(titles(rest)) == 6
    assert "<html" not in rest
    assert "cursor=" not in rest


def test_a_cursor_that_is_not_ours_is_told() -> None:
    answer = sign_in(make_person()).get("/notifications?cursor=x")

    assert answer.status_code == 400
    assert "This page marker is not one of ours." in answer.content.decode()


def test_news_whose_package_is_gone_is_still_there() -> None:
    ann = make_person()
    make_notification(ann.pk, kind="gone.forever")

    html = sign_in(ann).get("/notifications").content.decode()

    assert titles(html)[0].endswith("News from a part of the site that is gone")


def test_an_empty_list_says_what_will_be_here() -> None:
    client = sign_in(make_person())

    everything = client.get("/notifications").content.decode()
    unread = client.get("/notifications?unread=1").content.decode()

    assert "Nothing has come yet" in everything
    assert "Mark all as read" not in everything
    assert "You have read everything" in unread


def test_only_what_is_unread_is_listed_on_demand() -> None:
    ann = make_person()
    read, unread = some(ann, 2)
    Notification.objects.filter(pk=read.pk).update(read_at=NOON)

    html = sign_in(ann).get("/notifications?unread=1").content.decode()

    assert f"news-{unread.public_id}" in html
    assert f"news-{read.public_id}" not in html


def test_words_of_people_are_never_markup() -> None:
    ann = make_person()
    make_notification(ann.pk, kind="tests.news", params={"n": "<script>"})

    html = sign_in(ann).get("/notifications").content.decode()

    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_following_a_notification_marks_it_read_and_leads_there() -> None:
    ann = make_person()
    news = make_notification(ann.pk, url="/programs/live?a=1#now", now=NOON)
    client = sign_in(ann)

    looked = client.head(f"/notifications/{news.public_id}/open")
    unread = Notification.objects.get().read_at is None
    answer = client.get(f"/notifications/{news.public_id}/open")

    assert (looked.status_code, unread) == (302, True)
    assert answer["Location"] == "/programs/live?a=1#now"
    assert Notification.objects.get().read_at is not None


def test_somebody_else_s_notification_can_be_neither_opened_nor_marked() -> None:
    news = make_notification(make_person().pk)
    client = sign_in(make_person())

    opened = client.get(f"/notifications/{news.public_id}/open")
    marked = client.post("/notifications/read", {"id": news.public_id})
    up_to = client.post("/notifications/read", {"up_to": news.public_id})

    assert [one.status_code for one in (opened, marked, up_to)] == [404, 404, 404]
    assert Notification.objects.get().read_at is None


def test_marking_one_read_gives_it_back_without_its_dot_and_lets_the_bell_fall() -> None:
    ann = make_person()
    one, other = some(ann, 2)
    client = sign_in(ann)

    answer = client.post("/notifications/read", {"id": one.public_id}, **HTMX)

    html = answer.content.decode()
    assert f'id="news-{one.public_id}"' in html
    assert "news-unread" not in html
    assert answer["HX-Trigger"] == "meadow:notifications.read"
    assert label_of(client.get("/settings/appearance").content.decode()) == (
        "Notifications: 1 unread"
    )
    assert Notification.objects.get(pk=other.pk).read_at is None


def test_marking_all_leaves_what_came_after_the_page_was_drawn() -> None:
    ann, ben = make_person(), make_person()
    seen = some(ann, 3)
    later, foreign = some(ann, 1)[0], some(ben, 1)[0]
    client = sign_in(ann)

    answer = client.post("/notifications/read", {"up_to": seen[-1].public_id})

    assert answer["Location"] == "/notifications"
    unread = set(Notification.objects.filter(read_at__isnull=True).values_list("pk", flat=True))
    assert unread == {later.pk, foreign.pk}


def test_nothing_is_read_before_it_came_whatever_the_clock_says() -> None:
    ann = make_person()
    ahead = dt.datetime(2126, 1, 1, tzinfo=dt.UTC)
    news = make_notification(ann.pk, now=ahead)

    sign_in(ann).post("/notifications/read", {"id": news.public_id})

    assert Notification.objects.get().read_at == ahead


def test_what_comes_by_mail_is_chosen_by_group() -> None:
    ann = make_person()
    client = sign_in(ann)
    before = {choice.group: choice.email for choice in list_mail_choices(person_id=ann.pk)}

    answer = client.post("/settings/notifications", {"programs": "on"})

    after = {choice.group: choice.email for choice in list_mail_choices(person_id=ann.pk)}
    assert answer["Location"] == "/settings/notifications"
    assert before["record"] is True
    assert after["record"] is False
    html = client.get("/settings/notifications").content.decode()
    assert "Your choice is saved." in html
    assert re.search(r'name="record"[^>]*checked', html) is None


def test_the_settings_say_where_mail_goes_or_that_none_is_sent() -> None:
    ann = make_person("ann")
    client = sign_in(ann)
    without = client.get("/settings/notifications").content.decode()
    EmailAddress.objects.create(user=ann, email=ann.email, verified=True, primary=True)

    confirmed = client.get("/settings/notifications").content.decode()

    assert "No mail is sent until you have confirmed an e-mail address." in without
    assert "Mail goes to ann@example.org." in confirmed


@pytest.mark.parametrize("path", ["/notifications", "/settings/notifications"])
def test_a_stranger_is_asked_to_sign_in(path: str) -> None:
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"
