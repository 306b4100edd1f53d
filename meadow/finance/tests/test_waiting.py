"""What is under way and what is stuck, of all kinds in one list, and what is done about it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.clock import now
from meadow.core.failed_jobs import list_failed
from meadow.core.pagination import InvalidCursor, encode_cursor
from meadow.core.testing import forget_jobs, waiting_jobs
from meadow.core.transactions import transaction
from meadow.finance.errors import DifferenceMissing, JobMissing, TermsChangedMeanwhile
from meadow.finance.models import Terms
from meadow.finance.queries import list_resolutions, list_waiting, stuck_after, sum_waiting
from meadow.finance.services import change_terms, resolve, retry_job
from meadow.finance.testing import ensure_terms, make_operator, make_proposal
from meadow.ledger.services import ask_check, hold_funds, prove_books
from meadow.ledger.testing import wallet
from meadow.payments.models import Difference, Payment, ProviderEvent, Reconciliation
from meadow.payments.services import ask_refund
from meadow.payments.testing import begin, pay
from meadow.runtime.payment_keys import PaymentKeys

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def _sandbox(settings: Any) -> None:
    settings.PAYMENTS = PaymentKeys(sandbox=True)
    ensure_terms()


@pytest.fixture
def keeper() -> Person:
    return make_operator("keeper")


def fill(keeper: Person) -> dict[str, str]:
    """Have one of everything wait, each an hour later than the one before."""
    ann, start = make_person("ann"), now() - 3 * DAY
    made = {"payments": begin(ann.pk, 1_000, key="a", now=start).public_id}
    paid = pay(ann.pk, 5_000, key="b", now=start).public_id
    refund = ask_refund(
        payment=paid, amount=700, key="r", note="n", operator_id=keeper.pk, now=start + HOUR
    )
    account = wallet(str(ann.pk))
    with transaction():
        held = hold_funds(
            account_id=account,
            amount=300,
            key="h",
            reason="test.held",
            expires_at=start + DAY,
            now=start + 2 * HOUR,
        )
    asked = make_proposal(keeper.pk, taker="@ann", now=start + 3 * HOUR)
    return made | {
        "refunds": refund.public_id,
        "holds": held.public_id,
        "proposals": asked.public_id,
    }


def differ(**given: Any) -> Difference:
    """Have a difference that was found three days ago."""
    day = Reconciliation.objects.create(
        provider="sandbox", day=(now() - 3 * DAY).date(), charges=1, compared_at=now()
    )
    wanted = {"kind": "amount", "reference": "ref", "unit": "CNY", "ours": 500, "theirs": 400}
    return Difference.objects.create(reconciliation=day, **(wanted | given))


def fail_job(task: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)"
            " VALUES ('default', %s, '{\"refund\": \"r1\"}', 'failed', 5) RETURNING id",
            [task],
        )
        job = int(cursor.fetchone()[0])
        cursor.execute(
            "INSERT INTO procrastinate_events (job_id, type, at)"
            " VALUES (%s, 'failed', now() - interval '1 hour')",
            [job],
        )
        return job


def kinds(*, stuck: bool, **given: Any) -> list[tuple[str, str]]:
    page = list_waiting(stuck=stuck, now=now(), **given)
    return [(one.source.name, one.waiting.name) for one in page.items]


def test_what_is_under_way_is_one_list_the_oldest_first(keeper: Person) -> None:
    made = fill(keeper)

    first = list_waiting(stuck=False, now=now(), size=3)
    rest = list_waiting(stuck=False, now=now(), size=3, cursor=first.next_cursor)

    lines = [*first.items, *rest.items]
    assert [(one.source.name, one.waiting.name) for one in lines] == list(made.items())
    assert [one.waiting.amount for one in lines] == [1_000, 700, 300, 500]
    assert rest.next_cursor is None
    assert kinds(stuck=False, kind="refunds") == [("refunds", made["refunds"])]
    totals = {one.source.name: one.totals for one in sum_waiting(stuck=False, now=now())}
    assert [(one.unit, one.count, one.amount) for one in totals["holds"]] == [("CNY", 1, 300)]
    assert totals["payouts"] == []
    with pytest.raises(InvalidCursor):
        list_waiting(stuck=False, now=now(), cursor=encode_cursor({"pk": 1}))


def test_stuck_is_what_is_older_than_the_limits_say(keeper: Person) -> None:
    forget_jobs()
    made = fill(keeper)
    differ()
    ProviderEvent.objects.create(
        provider="sandbox", event="e1", kind="paid", body_hash=b"x", received_at=now() - DAY
    )
    job = fail_job("payments.send_refund")
    fail_job("notes.something")

    assert set(kinds(stuck=True)) == {
        ("differences", kinds(stuck=True, kind="differences")[0][1]),
        ("payments", made["payments"]),
        ("refunds", made["refunds"]),
        ("proposals", made["proposals"]),
        ("ended-holds", made["holds"]),
        ("news", "sandbox:e1"),
        ("jobs", str(job)),
    }
    change_terms(
        proposal_days=7,
        appeal_days=30,
        stuck_after={"payments": 60 * 24 * 30},
        note="Banks are slow this month.",
        seen=1,
        operator_id=keeper.pk,
        now=now(),
    )
    assert ("payments", made["payments"]) not in kinds(stuck=True)
    assert (stuck_after()["payments"], Terms.objects.count()) == (43_200, 2)
    with pytest.raises(TermsChangedMeanwhile):
        change_terms(
            proposal_days=7,
            appeal_days=30,
            stuck_after={},
            note="Again.",
            seen=1,
            operator_id=keeper.pk,
            now=now(),
        )


def test_a_failed_job_of_money_is_tried_again_and_no_other(keeper: Person) -> None:
    forget_jobs()
    job, other = fail_job("payments.send_refund"), fail_job("notes.something")

    retry_job(job_id=job, now=now())

    assert waiting_jobs("payments.send_refund") == [{"refund": "r1"}]
    for one in (job, other):
        with pytest.raises(JobMissing):
            retry_job(job_id=one, now=now())
    assert [one.id for one in list_failed(prefixes=["notes."])] == [other]


def test_a_resolved_difference_stays_with_its_words_and_comes_back_only_if_it_changes(
    keeper: Person,
) -> None:
    found = differ()
    name = kinds(stuck=True, kind="differences")[0][1]
    client = sign_in(keeper)

    silent = client.post("/operator/payments/differences", {"name": name, "words": ""})
    page = client.post(
        "/operator/payments/differences", {"name": name, "words": "=Given back."}, follow=True
    ).content.decode()

    assert silent.status_code == 422
    assert all(words in page for words in ("Resolved", "=Given back.", "@keeper"))
    assert kinds(stuck=True, kind="differences") == []
    with pytest.raises(DifferenceMissing):
        resolve(subject="difference", name=name, words="w", operator_id=keeper.pk, now=now())
    found.delete()
    assert [one.words for one in list_resolutions(subject="difference").items] == ["=Given back."]
    file = client.get("/operator/payments/differences.csv").content.decode().splitlines()
    assert file[1].endswith(",'=Given back.")
    Reconciliation.objects.all().delete()
    differ(theirs=300)
    assert len(kinds(stuck=True, kind="differences")) == 1


def test_pages_files_and_the_api_say_what_is_stuck_and_what_to_do(keeper: Person) -> None:
    forget_jobs()
    fill(keeper)
    job = fail_job("payments.send_refund")
    client = sign_in(keeper)

    front = client.get("/operator/finance").content.decode()
    stuck = client.get("/operator/finance/stuck").content.decode()
    pending = client.get("/operator/finance/pending").content.decode()
    file = client.get("/operator/finance/pending.csv?kind=refunds").content.decode().splitlines()
    again = client.post(f"/operator/finance/stuck/jobs/{job}", follow=True).content.decode()

    assert "Jobs of money that gave up" in front
    assert all(words in stuck for words in ("Try it again", "¥10.00", "for 3"))
    assert all(words in pending for words in ("¥7.00", "¥3.00", "¥5.00"))
    assert file[1].startswith("refunds,r")
    assert file[1].endswith(",7.00,CNY")
    assert "It is tried again now." in again
    token = make_token(keeper, "finance:read")
    headers = {"Authorization": f"Bearer {token}"}
    said = Client().get("/api/v1/operator/finance/stuck?kind=refunds", headers=headers).json()
    assert [(one["kind"], one["amount"], one["unit"]) for one in said["items"]] == [
        ("refunds", 700, "CNY")
    ]
    summary = Client().get("/api/v1/operator/finance/summary", headers=headers).json()
    assert {one["kind"] for one in summary["pending"]} == {
        "payments",
        "refunds",
        "holds",
        "proposals",
    }


@pytest.mark.django_db(transaction=True)
def test_a_check_is_asked_for_shown_and_kept(keeper: Person) -> None:
    client = sign_in(keeper)

    client.post("/operator/finance/checks")
    running = client.get("/operator/finance/checks").content.decode()
    prove_books(by="command", clock=now)
    front = client.get("/operator/finance").content.decode()

    assert "The books are being checked" in running
    assert "@keeper" in running
    assert "The books are whole" in front
    file = client.get("/operator/finance/checks.csv").content.decode().splitlines()
    assert len(file) == 3
    assert ask_check(operator_id=keeper.pk, now=now()).ended_at is None


@pytest.mark.parametrize(("page", "asked"), [("pending", 11), ("stuck", 23)])
def test_lists_take_the_same_questions_for_any_number(
    keeper: Person, page: str, asked: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    client, ann = sign_in(keeper), make_person("ann")
    for number in range(12):
        begin(ann.pk, 1_000, key=str(number), now=now() - DAY)
        make_proposal(keeper.pk, taker="@ann", now=now() - 3 * DAY)
    Payment.objects.update(looked_at=None)
    client.get(f"/operator/finance/{page}")

    with django_assert_num_queries(asked):
        answer = client.get(f"/operator/finance/{page}").content.decode()

    assert answer.count("¥10.00") == 12
