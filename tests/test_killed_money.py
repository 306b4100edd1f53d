"""kill -9 of the real web and worker while money moves: who comes back with the same key finds it once."""

import http.client
import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from meadow.runtime import processes
from meadow.runtime.postgres import database_url
from meadow.runtime.testing import LiveStack

pytestmark = pytest.mark.slow

SECONDS = 60.0
WORLD = """
import json
from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token
person, operator = make_person(), make_person()
Person.objects.filter(pk=operator.pk).update(role="operator")
print(json.dumps({
    "payer": make_token(person, "wallet:write"),
    "operator": make_token(Person.objects.get(pk=operator.pk), "payments:operate"),
    "person": person.pk,
}))
"""
PLAY = """
from meadow.core.clock import now
from meadow.payments.models import SandboxCharge
from meadow.payments.services import look_at_payment
from meadow.payments.services.playing import play
one = SandboxCharge.objects.get(payment="{payment}")
play(reference=one.reference, act="pay", now=now())
print(look_at_payment(public_id="{payment}", now=now()).state)
"""


def shell(stack: LiveStack, said: str) -> str:
    answer = stack.manage("manage", "shell", "--no-imports", "-c", said)
    return answer.strip().splitlines()[-1]


def send(stack: LiveStack, path: str, body: object, *, token: str, key: str) -> Any:
    """Return the answer of a POST with a key; None when there was none."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(
        f"{stack.base_url}/api/v1{path}",
        data=json.dumps(body).encode(),
        headers={**headers, "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(refused.read().decode()) from refused
    except (OSError, http.client.HTTPException):
        return None


def ask(stack: LiveStack, question: str, *given: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url(stack.home / "postgres"), autocommit=True) as server:
        return server.execute(question.encode(), given).fetchall()


@contextmanager
def nobody_writes(stack: LiveStack, table: str) -> Iterator[None]:
    """Let whoever would write to a table wait."""
    with psycopg.connect(database_url(stack.home / "postgres")) as server:
        server.execute(
            sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.Identifier(table)).as_bytes()
        )
        yield


def kill(stack: LiveStack, victim: str, table: str) -> None:
    """Kill a process once it waits for a table."""
    waits = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        " AND locktype = 'relation'"
    )
    assert processes.wait_until(lambda: ask(stack, waits, table)[0][0] > 0, seconds=SECONDS)
    os.kill(stack.pids[victim], signal.SIGKILL)


def die_over(
    stack: LiveStack, table: str, path: str, body: object, *, token: str, key: str
) -> None:
    """Send a POST, and kill the web process that waits for this table over it."""
    pid, said = stack.pids["web"], list[object]()
    thread = threading.Thread(
        target=lambda: said.append(send(stack, path, body, token=token, key=key))
    )
    with nobody_writes(stack, table):
        thread.start()
        kill(stack, "web", table)
        thread.join()
    assert said == [None]
    assert processes.wait_until(
        lambda: stack.pids.get("web", pid) != pid and stack.is_ready(), seconds=SECONDS
    )


def test_a_killed_web_and_a_killed_worker_lose_and_double_nothing(live_stack: LiveStack) -> None:
    world = json.loads(shell(live_stack, WORLD))
    wanted = {"amount": 5_000, "unit": "CNY", "provider": "sandbox"}
    once: dict[str, Any] = {"token": world["payer"], "key": "top up"}

    # The payment is noted, and the provider is about to hear of it.
    die_over(live_stack, "payments_sandboxcharge", "/wallet/top-ups", wanted, **once)
    payment = send(live_stack, "/wallet/top-ups", wanted, **once)["id"]
    assert send(live_stack, "/wallet/top-ups", wanted, **once)["id"] == payment
    assert shell(live_stack, PLAY.format(payment=payment)) == "succeeded"

    refund, back = f"/payments/{payment}/refunds", {"amount": 2_000, "note": "why"}
    once = {"token": world["operator"], "key": "back"}
    die_over(live_stack, "ledger_balance", refund, back, **once)
    worker = live_stack.pids["worker"]
    with nobody_writes(live_stack, "payments_sandboxrefund"):
        name = send(live_stack, refund, back, **once)["id"]
        kill(live_stack, "worker", "payments_sandboxrefund")
    assert send(live_stack, refund, back, **once)["id"] == name
    settled = "SELECT state FROM payments_refund WHERE public_id = %s"
    assert processes.wait_until(
        lambda: ask(live_stack, settled, name) == [("succeeded",)], seconds=SECONDS
    )

    assert live_stack.pids["worker"] != worker
    assert ask(
        live_stack,
        "SELECT count(*), sum(amount), sum(refunded) FROM payments_payment WHERE person_id = %s",
        world["person"],
    ) == [(1, 5_000, 2_000)]
    charged = "SELECT amount FROM payments_sandboxcharge WHERE payment = %s"
    assert ask(live_stack, charged, payment) == [(5_000,)]
    given = (
        "SELECT refund, r.amount FROM payments_sandboxrefund r"
        " JOIN payments_sandboxcharge c ON c.id = r.charge_id WHERE payment = %s"
    )
    assert ask(live_stack, given, payment) == [(name, 2_000)]
    assert ask(
        live_stack,
        "SELECT sum(posted), sum(held) FROM ledger_balance b JOIN ledger_account a"
        " ON a.id = b.account_id WHERE a.kind = 'person' AND a.owner = %s",
        str(world["person"]),
    ) == [(3_000, 0)]
    live_stack.manage("ledger", "check")
