"""Sending: paid once wherever it crashes, by whichever provider, and heard of when it comes back."""

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

import orjson
import pytest

from meadow.accounts.testing import make_person
from meadow.core.testing import forget_jobs, waiting_jobs
from meadow.ledger.checking import check_books
from meadow.ledger.testing import wallet
from meadow.payments.errors import ProviderAway, WebhookForged
from meadow.payments.services import hear_provider
from meadow.payments.testing import WEBHOOK_SECRET, sign_news, stripe_on
from meadow.payouts.errors import (
    PayoutElsewhere,
    ResultsUnreadable,
)
from meadow.payouts.limits import MOST_TRIES
from meadow.payouts.models import SandboxPayout
from meadow.payouts.providers import find_way
from meadow.payouts.queries import find_payout
from meadow.payouts.records import PayoutRecord
from meadow.payouts.services import (
    add_method,
    ask_verification,
    due_payouts,
    file_batch,
    hear_of_payout,
    look_again,
    read_results,
    return_payout,
    send_payout,
    take_result,
    take_results,
    verify_method,
    write_file,
)
from meadow.payouts.testing import (
    DAY,
    WHEN,
    approve,
    ask,
    make_operator,
    make_payee,
)
from meadow.payouts.tests.test_payouts import books, funds
from meadow.runtime.payment_keys import StripeKeys

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


class Crash(Exception):
    """The process was killed here."""


@pytest.mark.parametrize("stage", ["begin", "send", "answered", "settle"])
def test_a_crash_at_any_stage_pays_once(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from meadow.payouts.services import sending

    ann, one, two = make_person(), make_operator(), make_operator()
    asked = ask(ann.pk, make_payee(ann.pk, operator_id=one))
    approve(by=one, then=two)
    way = find_way("sandbox")

    def crash(*_given: Any, **_named: Any) -> Any:
        raise Crash

    real = way.send

    def answer_lost(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        raise Crash

    place, name, broken = {
        "begin": (sending, "begin_sending", crash),
        "send": (way, "send", crash),
        "answered": (way, "send", answer_lost),
        "settle": (sending, "settle", crash),
    }[stage]
    monkeypatch.setattr(place, name, broken)
    with pytest.raises(Crash):
        send_payout(payout=asked.public_id, now=WHEN)
    monkeypatch.undo()

    assert due_payouts(now=WHEN + HOUR) == [asked.public_id]
    paid = send_payout(payout=asked.public_id, now=WHEN + HOUR)
    assert (paid.state, due_payouts(now=WHEN + DAY)) == ("paid", [])
    assert books(ann.pk) == (90_000, 0, 0, 0, 10_000)
    assert SandboxPayout.objects.count() == 1
    assert list(check_books()) == []


def test_a_provider_that_is_away_is_asked_ever_later_and_then_left_to_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, one, two = make_person(), make_operator(), make_operator()
    asked = ask(ann.pk, make_payee(ann.pk, operator_id=one))
    approve(by=one, then=two)

    def away(*_given: Any, **_named: Any) -> Any:
        raise ProviderAway

    monkeypatch.setattr(find_way("sandbox"), "send", away)
    waits, now = [], WHEN
    for _try in range(MOST_TRIES):
        found = send_payout(payout=asked.public_id, now=now)
        if found.again_at is not None:
            waits.append(int((found.again_at - now).total_seconds() // 60))
            now = found.again_at
    monkeypatch.undo()

    assert waits[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]
    stuck = find_payout(asked.public_id, person_id=None)
    assert (stuck.is_stuck, stuck.tries, due_payouts(now=now + 9 * DAY)) == (True, MOST_TRIES, [])
    assert look_again(payout=asked.public_id, operator_id=one, now=now).state == "paid"
    assert books(ann.pk) == (90_000, 0, 0, 0, 10_000)


class TransferServer(BaseHTTPRequestHandler):
    """Answers about transfers as Stripe's reference says: localstripe has none of them."""

    made: ClassVar[dict[str, dict[str, Any]]] = {}
    asked: ClassVar[list[tuple[str, str]]] = []
    refuse, lose = "", False

    def do_GET(self) -> None:
        group = parse_qs(urlsplit(self.path).query)["transfer_group"][0]
        found = [one for one in self.made.values() if one["transfer_group"] == group]
        self.asked.append(("GET", group))
        self._answer(200, {"object": "list", "data": found, "has_more": False, "url": "/v1"})

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        key = self.headers["Idempotency-Key"]
        self.asked.append(("POST", key))
        if self.refuse:
            error = {"type": "invalid_request_error", "code": self.refuse, "message": "No."}
            self._answer(400, {"error": error})
            return
        self.made.setdefault(
            key,
            {
                "id": f"tr_{len(self.made) + 1}",
                "object": "transfer",
                "amount": int(form["amount"]),
                "currency": form["currency"],
                "destination": form["destination"],
                "transfer_group": form["transfer_group"],
                "metadata": {"meadow_payout": form["metadata[meadow_payout]"]},
                "reversed": False,
            },
        )
        self._answer(500 if self.lose else 200, {"error": {}} if self.lose else self.made[key])

    def _answer(self, status: int, said: dict[str, Any]) -> None:
        body = orjson.dumps(said)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        # The client would wait and ask again by itself.
        self.send_header("Stripe-Should-Retry", "false")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *given: object) -> None:
        """Say nothing."""


@pytest.fixture
def transfers(settings: Any) -> Iterator[type[TransferServer]]:
    served = type("Transfers", (TransferServer,), {"made": {}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    keys = StripeKeys(key="sk_test_1", webhook_secret=WEBHOOK_SECRET, api=address)
    settings.PAYMENTS = stripe_on(keys)
    yield served
    server.shutdown()
    server.server_close()


def connected(person_id: int, *, operator: int) -> PayoutRecord:
    """Return a payout of 100.00 to a connected account, approved by two people."""
    wallet(str(person_id), 10_000)
    added = add_method(
        person_id=person_id,
        kind="stripe",
        payee_kind="person",
        region="US",
        details={"stripe": "acct_1MTfjCQ9PRzxEwkZ"},
        now=WHEN - 30 * DAY,
    )
    ask_verification(method=added.public_id, person_id=person_id, now=WHEN)
    method = verify_method(method=added.public_id, operator_id=operator, now=WHEN - DAY)
    asked = ask(person_id, method)
    approve(by=operator, then=make_operator(), provider="stripe")
    return asked


def test_stripe_is_asked_for_a_transfer_once_and_a_lost_answer_is_read_again(
    transfers: type[TransferServer],
) -> None:
    ann, operator = make_person(), make_operator()
    asked = connected(ann.pk, operator=operator)
    order = f"{asked.public_id}-1"

    transfers.lose = True
    assert send_payout(payout=asked.public_id, now=WHEN).state == "sending"
    transfers.lose = False
    paid = send_payout(payout=asked.public_id, now=WHEN + HOUR)

    assert (paid.state, paid.reference) == ("paid", "tr_1")
    assert transfers.asked == [("POST", f"transfer-{order}"), ("GET", order)]
    (made,) = transfers.made.values()
    assert (made["amount"], made["currency"], made["destination"]) == (
        10_000,
        "cny",
        "acct_1MTfjCQ9PRzxEwkZ",
    )
    assert made["metadata"] == {"meadow_payout": asked.public_id}
    assert funds("provider", "stripe") == 10_000


def test_what_stripe_refuses_has_failed(transfers: type[TransferServer]) -> None:
    ann, operator = make_person(), make_operator()
    asked = connected(ann.pk, operator=operator)
    transfers.refuse = "balance_insufficient"

    failed = send_payout(payout=asked.public_id, now=WHEN)

    assert (failed.state, failed.failure) == ("failed", "balance_insufficient")
    assert funds("provider", "stripe") == 0


def test_signed_news_of_a_reversed_transfer_makes_the_payout_fail_after_all(
    transfers: type[TransferServer],
) -> None:
    forget_jobs()
    ann, operator = make_person(), make_operator()
    asked = connected(ann.pk, operator=operator)
    send_payout(payout=asked.public_id, now=WHEN)
    (made,) = transfers.made.values()
    made["reversed"] = True
    told = {"id": "evt_1", "type": "transfer.reversed", "data": {"object": made}}
    body = orjson.dumps(told)
    news: dict[str, Any] = {"provider": "stripe", "body": body, "now": WHEN}

    with pytest.raises(WebhookForged):
        hear_provider(headers=sign_news(body, at=WHEN, secret="whsec_another"), **news)
    heard = [hear_provider(headers=sign_news(body, at=WHEN), **news) for _twice in range(2)]

    assert heard == [True, False]
    assert waiting_jobs("payouts.hear") == [{"payout": asked.public_id}]
    hear_of_payout(payout=asked.public_id, now=WHEN)
    found = hear_of_payout(payout=asked.public_id, now=WHEN)
    assert found is not None
    assert (found.state, found.failure) == ("failed", "reversed")
    return_payout(payout=asked.public_id, operator_id=operator, now=WHEN)
    assert books(ann.pk)[:2] == (10_000, 0)
    assert funds("provider", "stripe") == 0
    assert list(check_books()) == []


def test_a_bank_file_is_taken_by_hand_and_its_results_are_taken_once() -> None:
    ann, one, two = make_person(), make_operator(), make_operator()
    method = make_payee(ann.pk, operator_id=one)
    first, second, third = (ask(ann.pk, method, 10_050, key=key) for key in "abc")
    batch = approve(by=one, then=two, provider="bank_file").public_id
    who: dict[str, Any] = {"batch": batch, "operator_id": one, "now": WHEN}
    assert due_payouts(now=WHEN + DAY) == []

    assert file_batch(**who) == file_batch(**{**who, "now": WHEN + DAY})
    lines = write_file(batch=batch)
    assert [(line.payout, line.account, line.amount) for line in lines] == [
        (one.public_id, "GB82WEST12345698765432", "100.50") for one in (first, second, third)
    ]
    told = f"payout,result,why\n{first.public_id},paid\n{second.public_id},failed,=closed\n"
    wrong = f"{third.public_id},paid\noNobody,paid\n{first.public_id},paid\n"
    results = take_results(lines=read_results(told), **who)
    again = take_results(lines=read_results(told), **who)
    more = take_results(lines=read_results(wrong), **who)

    assert (results.taken, results.known, results.refused) == (2, 0, [])
    assert (again.taken, again.known) == (0, 2)
    assert (more.taken, more.known, [line[:2] for line in more.refused]) == (1, 1, [(2, "oNobody")])
    states = [find_payout(one.public_id, person_id=None).state for one in (first, second, third)]
    assert states == ["paid", "failed", "paid"]
    bounced = take_result(
        payout=third.public_id, verdict="failed", why="", operator_id=one, now=WHEN
    )
    assert (bounced.state, bounced.failure) == ("failed", "refused")
    with pytest.raises(PayoutElsewhere):
        take_result(payout=second.public_id, verdict="paid", why="", operator_id=one, now=WHEN)
    assert funds("provider", "bank_file") == 10_050
    assert list(check_books()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "payout,result\n",
        "oOne,maybe",
        "oOne,paid,why,more",
        "o One,paid",
        "x" * 300_000,
        '"oOne',
    ],
)
def test_results_that_cannot_be_read_are_refused_whole(text: str) -> None:
    with pytest.raises(ResultsUnreadable):
        read_results(text)
