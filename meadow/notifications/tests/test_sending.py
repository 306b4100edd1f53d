"""News comes once to whom it is for, and a letter waits for whoever wants one."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.core.testing import forget_jobs, race, waiting_jobs
from meadow.core.transactions import TransactionMissing, transaction
from meadow.notifications import kinds
from meadow.notifications.kinds import Kind, UnknownKind
from meadow.notifications.models import Letter, Notification
from meadow.notifications.services import Notice, change_preferences, notify, notify_many

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)


def confirm(person: Person, *, verified: bool = True, primary: bool = True) -> Person:
    EmailAddress.objects.create(user=person, email=person.email, verified=verified, primary=primary)
    return person


def tell(person: Person, *, key: str = "k1", kind: str = "tests.news", **more: Any) -> None:
    wanted: dict[str, Any] = {"params": {"n": 1}, "url": "/programs", "now": NOW} | more
    with transaction():
        notify(person_id=person.pk, kind=kind, key=key, **wanted)


def letters() -> list[int]:
    return sorted(Letter.objects.values_list("notification__person_id", flat=True))


def test_a_notification_is_kept_as_it_was_told() -> None:
    ann = make_person()

    tell(ann)

    row = Notification.objects.get()
    assert (row.person_id, row.kind, row.params) == (ann.pk, "tests.news", {"n": 1})
    assert (row.url, row.key, row.created_at, row.read_at) == ("/programs", "k1", NOW, None)
    assert row.public_id.startswith("b")


def test_the_same_key_twice_makes_one_and_the_first_stays() -> None:
    ann = confirm(make_person())
    tell(ann)

    tell(ann, params={"n": 2})

    assert list(Notification.objects.values_list("params", flat=True)) == [{"n": 1}]
    assert len(letters()) == 1
    assert len(waiting_jobs("notifications.send_letters")) == 1


def test_the_same_key_in_one_call_makes_one() -> None:
    ann = make_person()
    notice = Notice(person_id=ann.pk, kind="tests.news", params={}, url="/", key="k")

    with transaction():
        notify_many(notices=[notice, notice], now=NOW)

    assert Notification.objects.count() == 1


def test_two_people_may_have_the_same_key() -> None:
    ann, ben = make_person(), make_person()

    tell(ann)
    tell(ben)

    assert Notification.objects.count() == 2


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example", "//elsewhere", "/\\elsewhere", "", "x"]
)
def test_a_notification_never_leads_off_the_site(url: str) -> None:
    with pytest.raises(IntegrityError, match="notification_leads_into_the_site"):
        tell(make_person(), url=url)


def test_a_kind_that_nobody_registered_is_refused_and_nothing_is_kept() -> None:
    with pytest.raises(UnknownKind):
        tell(make_person(), kind="tests.nowhere")

    assert Notification.objects.count() == 0


def test_news_belongs_to_a_use_case() -> None:
    with pytest.raises(TransactionMissing):
        notify(person_id=1, kind="tests.news", params={}, url="/", key="k", now=NOW)


def test_a_use_case_that_rolls_back_leaves_no_news_and_no_job() -> None:
    ann = confirm(make_person())

    def fail() -> None:
        with transaction():
            notify(person_id=ann.pk, kind="tests.news", params={}, url="/", key="k", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert Notification.objects.count() == 0
    assert waiting_jobs("notifications.send_letters") == []


def test_a_letter_waits_only_for_whoever_can_and_wants_to_get_one() -> None:
    wants = confirm(make_person())
    unconfirmed = confirm(make_person(), verified=False)
    other_address = confirm(make_person(), primary=False)
    without, closed = make_person(), confirm(make_person(is_active=False))
    off = confirm(make_person())
    change_preferences(person_id=off.pk, email={"record": False})
    elsewhere = confirm(make_person())
    change_preferences(person_id=elsewhere.pk, email={"programs": False})
    back_on = confirm(make_person())
    for choice in (False, True):
        change_preferences(person_id=back_on.pk, email={"record": choice})

    for person in (wants, unconfirmed, other_address, without, closed, off, elsewhere, back_on):
        tell(person)

    assert Notification.objects.count() == 8
    assert letters() == sorted([wants.pk, elsewhere.pk, back_on.pk])


def test_a_kind_that_is_not_worth_a_mail_sends_none() -> None:
    tell(confirm(make_person()), kind="tests.quiet")

    assert Notification.objects.count() == 1
    assert letters() == []


def test_many_get_what_each_alone_would_get() -> None:
    people = [confirm(make_person()) if place % 3 else make_person() for place in range(9)]
    notices = [
        Notice(
            person_id=person.pk,
            kind="tests.quiet" if place % 2 else "tests.news",
            params={"n": place, "words": "quote ' \" \\ 花\x7f"},
            url=f"/programs/{place}",
            key="bulk",
        )
        for place, person in enumerate(people)
    ]

    def kept() -> list[tuple[Any, ...]]:
        fields = ("person_id", "kind", "params", "url", "key", "created_at", "letter__state")
        return list(Notification.objects.order_by("person_id").values_list(*fields))

    with transaction():
        notify_many(notices=notices, now=NOW)
    in_bulk = kept()
    Notification.objects.all().delete()
    for notice in notices:
        with transaction():
            notify(
                person_id=notice.person_id,
                kind=notice.kind,
                params=notice.params,
                url=notice.url,
                key=notice.key,
                now=NOW,
            )

    assert kept() == in_bulk
    assert [row[6] for row in in_bulk].count("waiting") == 3


def test_many_are_one_insert_and_letters_leave_fifty_a_job() -> None:
    people = [confirm(make_person()) for _ in range(51)]
    notices = [Notice(person.pk, "tests.news", {}, "/", "bulk") for person in people]

    with CaptureQueriesContext(connection) as asked, transaction():
        notify_many(notices=notices, now=NOW)

    inserts = [q for q in asked.captured_queries if "INTO notifications_notification" in q["sql"]]
    assert len(inserts) == 1
    jobs = waiting_jobs("notifications.send_letters")
    assert [len(job["notification_ids"]) for job in jobs] == [50, 1]


def test_somebody_who_is_gone_is_passed_over_and_the_others_are_told() -> None:
    ann, gone = make_person(), make_person()
    gone_id = gone.pk
    gone.delete()

    with transaction():
        notify_many(
            notices=[Notice(pk, "tests.news", {}, "/", "k") for pk in (gone_id, ann.pk)], now=NOW
        )

    assert list(Notification.objects.values_list("person_id", flat=True)) == [ann.pk]


def test_news_goes_with_its_person() -> None:
    ann = confirm(make_person())
    tell(ann)
    change_preferences(person_id=ann.pk, email={"record": True})

    ann.delete()

    assert (Notification.objects.count(), Letter.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_same_news_sent_by_eight_at_once_comes_once() -> None:
    forget_jobs()
    ann = confirm(make_person())

    outcomes = race(lambda _: tell(ann), runners=8)

    assert outcomes == [None] * 8
    assert Notification.objects.count() == 1
    assert len(waiting_jobs("notifications.send_letters")) == 1
    forget_jobs()


@pytest.mark.django_db(transaction=True)
def test_without_the_key_the_same_race_tells_it_eight_times() -> None:
    forget_jobs()
    ann = confirm(make_person())

    race(lambda place: tell(ann, key=f"k{place}"), runners=8)

    assert Notification.objects.count() == 8
    forget_jobs()


@pytest.mark.django_db(transaction=True)
def test_two_bulks_over_the_same_people_in_opposite_order_never_wait_for_each_other() -> None:
    forget_jobs()
    people = [make_person().pk for _ in range(200)]

    def send(place: int) -> None:
        order = people if place % 2 else people[::-1]
        with transaction():
            notify_many(notices=[Notice(pk, "tests.quiet", {}, "/", "k") for pk in order], now=NOW)

    assert race(send, runners=4) == [None] * 4
    assert Notification.objects.count() == 200


def test_a_kind_in_a_group_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="is no group"):
        kinds.register(
            Kind("tests.lost", "lost", "bell", lambda params: "", lambda params: "", email=False)
        )


def test_a_kind_has_one_owner() -> None:
    with pytest.raises(ValueError, match="registered already"):
        kinds.register(
            Kind("tests.news", "record", "mail", lambda params: "", lambda params: "", email=False)
        )
