"""Those who may answer hear of an appeal when it comes and when it is overdue, once each."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meadow.accounts.models import Person
from meadow.accounts.queries import list_moderators
from meadow.accounts.testing import make_person, sign_in
from meadow.core.testing import forget_jobs, race
from meadow.decisions import appeal_services
from meadow.decisions.appeal_services import answer_appeal, tell_overdue, withdraw_appeal
from meadow.decisions.models import Appeal
from meadow.decisions.testing import DAY, WHEN, make_appeal, make_decision
from meadow.notifications.models import Letter, Notification
from meadow.notifications.queries import list_notifications
from meadow.notifications.services import change_preferences

pytestmark = pytest.mark.django_db
DUE = WHEN + 7 * DAY
LATE = DUE + dt.timedelta(microseconds=1)


def told(person: Person) -> list[tuple[str, str, str]]:
    news = list_notifications(person_id=person.pk).items
    return [(one.title, one.body, one.url) for one in news]


def test_everybody_who_may_answer_hears_of_a_new_appeal() -> None:
    member, gone = make_person(), make_person(role="moderator", is_active=False)
    keepers = [make_person(role=role) for role in ("moderator", "operator")]

    appeal = make_appeal(make_decision(make_person()))

    url = f"/operator/appeals/{appeal.public_id}"
    expected = ("Somebody appeals against a decision", "An answer is due by May 8, 2026.", url)
    assert [told(keeper) for keeper in keepers] == [[expected], [expected]]
    assert told(member) == told(gone) == []


def test_neither_who_decided_nor_who_appeals_is_told() -> None:
    decider, other = make_person(role="operator"), make_person(role="operator")
    ann = make_person(role="moderator")

    make_appeal(make_decision(ann, decided_by=f"operator:{decider.public_id}"))
    tell_overdue(now=LATE)

    assert told(decider) == told(ann) == []
    assert len(told(other)) == 2


def test_an_overdue_appeal_is_told_of_once_and_not_before_its_time() -> None:
    keeper = make_person(role="moderator")
    appeal = make_appeal(make_decision(make_person()))

    counted = [tell_overdue(now=at) for at in (DUE, LATE, LATE + DAY)]

    assert counted == [0, 1, 0]
    assert told(keeper)[0] == (
        "An appeal is overdue",
        "The answer was due by May 8, 2026, and somebody still waits for it.",
        f"/operator/appeals/{appeal.public_id}",
    )
    assert len(told(keeper)) == 2


def test_what_was_answered_or_withdrawn_is_never_overdue() -> None:
    keeper = make_person(role="moderator")
    answered, withdrawn = (make_appeal(make_decision(make_person())) for _ in range(2))
    answer_appeal(
        appeal=answered.public_id,
        reviewer_id=keeper.pk,
        upheld=False,
        words="It is so." * 9,
        now=DUE,
    )
    assert withdrawn.person_id is not None
    withdraw_appeal(appeal=withdrawn.public_id, person_id=withdrawn.person_id, now=DUE)

    assert tell_overdue(now=LATE) == 0


def test_many_overdue_ones_come_in_runs_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appeal_services, "OVERDUE_A_RUN", 2)
    make_person(role="moderator")
    for _ in range(3):
        make_appeal(make_decision(make_person()))

    with CaptureQueriesContext(connection) as asked:
        first = tell_overdue(now=LATE)

    assert [first, tell_overdue(now=LATE), tell_overdue(now=LATE)] == [2, 1, 0]
    inserts = [q for q in asked.captured_queries if "INTO notifications_notification" in q["sql"]]
    assert len(inserts) == 1


def test_mail_about_appeals_can_be_turned_off() -> None:
    wants, off = make_person(role="moderator"), make_person(role="moderator")
    for keeper in (wants, off):
        EmailAddress.objects.create(user=keeper, email=keeper.email, verified=True, primary=True)
    change_preferences(person_id=off.pk, email={"keeping_order": False})

    make_appeal(make_decision(make_person()))

    assert list(Letter.objects.values_list("notification__person_id", flat=True)) == [wants.pk]
    assert Notification.objects.filter(person=off).count() == 1


def test_only_those_who_keep_order_are_asked_about_mail_of_appeals() -> None:
    def groups(**fields: Any) -> list[str]:
        client = sign_in(make_person(**fields))
        choices = client.get("/api/v1/notifications/preferences").json()
        page = client.get("/settings/notifications").content.decode()
        assert ('name="keeping_order"' in page) == (fields != {})
        return [choice["group"] for choice in choices]

    everybody = groups()

    assert {"programs", "decisions", "record"} <= set(everybody)
    assert sorted(groups(role="moderator")) == sorted([*everybody, "keeping_order"])


def test_those_who_keep_order_are_found_by_an_index_of_them_alone() -> None:
    make_person(role="moderator")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as asked:
            found = list_moderators()
        cursor.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert len(found) == 1
    assert "people_who_keep_order" in plan


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["guarded", "control"])
def test_two_runs_at_once_tell_of_each_overdue_appeal_once(
    locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_jobs()
    keeper = make_person(role="moderator")
    for _ in range(6):
        make_appeal(make_decision(make_person()))
    if not locked:

        def read_only(now: dt.datetime) -> Any:
            return Appeal.objects.filter(state="open", overdue_told_at__isnull=True)

        monkeypatch.setattr(appeal_services, "_lock_overdue", read_only)

    tried = race(lambda _number: tell_overdue(now=LATE), runners=4)

    counted = [one for one in tried if isinstance(one, int)]
    assert len(counted) == 4
    # Without the lock the key of the news is what is left: runs repeat themselves, nobody hears twice.
    assert (sum(counted) == 6) is locked
    assert len(list_notifications(person_id=keeper.pk, size=100).items) == 12
    forget_jobs()
