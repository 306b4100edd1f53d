"""kill -9 of each process in turn while an order is delivered: it is charged what was valid, once."""

import json
import os
import signal
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest

from meadow.runtime import processes
from meadow.runtime.testing import LiveStack
from tests.test_killed_money import SECONDS, ask, kill, nobody_writes, shell

pytestmark = pytest.mark.slow

# The worker dies later, in the middle of charging.
VICTIMS: Final = ("web", "warehouse", "nats", "postgres")
READERS: Final = 3
TOKENS: Final = 6_000
PRICE: Final = 12_345
BUDGET: Final = 10_000
HAD: Final = 15_000
FEN: Final = 10_000
BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36"
WORLD = f"""
import json
from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.tokens import seal_token
from meadow.core.clock import now
from meadow.core.transactions import transaction
from meadow.ledger.testing import wallet
from meadow.notes.testing import make_note
from meadow.promotion.services.holding import hold_budget
from meadow.promotion.testing import make_order
author = make_person()
wallet(str(author.pk), {HAD})
note = make_note(author.pk, with_files=True)
order = make_order(buyer=author, note_id=note.pk, now=now(), budget={BUDGET}, state="running")
with transaction():
    hold_budget(order=order, amount={BUDGET}, key="placed", now=now())
seal = lambda: seal_token(note_id=note.pk, author_id=author.pk, surface="hot", now=now(),
                          campaign_id=order.pk, price={PRICE})
print(json.dumps({{
    "order": order.pk,
    "buyer": author.pk,
    "readers": [sign_in(make_person()).cookies["meadow_session"].value for _ in range({READERS})],
    "tokens": [seal() for _ in range({TOKENS})],
}}))
"""
# It ended an hour ago: late impressions need not be waited for.
END = """
import datetime as dt
from meadow.core.clock import now
from meadow.core.transactions import transaction
from meadow.promotion.services.charging import lock_orders
from meadow.promotion.services.ending import end_order
with transaction():
    end_order(order=lock_orders([{order}])[0], state="cancelled", by=None,
              now=now() - dt.timedelta(hours=1))
print("ended")
"""
COUNTED = """
from meadow.analytics.campaigns import count_delivered
from meadow.promotion.models import Order
order = Order.objects.get(pk={order})
print(sum(one.price for one in count_delivered(notes=[(order.author_id, order.note_id)])))
"""
SPENT = "SELECT charged, returned, absorbed FROM promotion_order WHERE id = %s"
PRICED = "SELECT price, settled_price FROM promotion_delivered WHERE order_id = %s"
WALLET = (
    "SELECT sum(posted), sum(held) FROM ledger_balance b JOIN ledger_account a"
    " ON a.id = b.account_id WHERE a.kind = 'person' AND a.owner = %s"
)
# What the platform has of this order: others of the same site are charged as well.
PLATFORM = (
    "SELECT sum(e.amount) FROM ledger_entry e JOIN ledger_transfer t ON t.id = e.transfer_id"
    " JOIN ledger_account a ON a.id = e.account_id JOIN promotion_order o ON o.public_id = t.reference"
    " WHERE a.kind = 'platform' AND a.purpose = 'promotion' AND o.id = %s"
)


@dataclass
class Readers:
    """People who see a card of the order, each showing told until it is acknowledged."""

    stack: LiveStack
    tokens: list[str]
    told: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def look(self, session: str, mine: list[str]) -> None:
        """See one card after another."""
        for number, token in enumerate(mine):
            event = {"id": f"e{token[-30:]}", "k": "impression", "t": token}
            assert processes.wait_until(partial(self.tell, session, [event]), seconds=SECONDS)
            self.told.append(token)
            if number % 10 == 0:
                # The same showing told once more under another name is no second one.
                self.tell(session, [event | {"id": f"eagain{token[-24:]}"}])
            if self.over.wait(0.1):
                return

    def tell(self, session: str, events: list[dict[str, Any]]) -> bool:
        """Hand facts in; False where nobody said that they are kept."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": BROWSER,
            "Cookie": f"meadow_session={session}",
        }
        request = urllib.request.Request(
            f"{self.stack.base_url}/e",
            data=json.dumps({"v": 1, "events": events}).encode(),
            headers=headers,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bool(answer.status == 204)
        except (urllib.error.URLError, OSError):
            return False


def comes_back(stack: LiveStack, victim: str, pid: int) -> bool:
    return processes.wait_until(
        lambda: stack.pids.get(victim, pid) != pid and stack.is_ready(), seconds=SECONDS
    )


def charged_something_since(stack: LiveStack, order: int, before: int) -> bool:
    return processes.wait_until(lambda: charged(stack, order) > before, seconds=SECONDS)


def charged(stack: LiveStack, order: int) -> int:
    return int(ask(stack, SPENT, order)[0][0])


def test_whatever_dies_an_order_is_charged_what_was_valid_and_once(live_stack: LiveStack) -> None:
    stack, world = live_stack, json.loads(shell(live_stack, WORLD))
    order = world["order"]
    readers = Readers(stack, world["tokens"])
    shares = [readers.tokens[number::READERS] for number in range(READERS)]
    threads = [
        threading.Thread(target=readers.look, args=given)
        for given in zip(world["readers"], shares, strict=True)
    ]
    first = stack.pids

    for thread in threads:
        thread.start()
    try:
        assert charged_something_since(stack, order, 0)
        for victim in VICTIMS:
            pid = stack.pids[victim]
            os.kill(pid, signal.SIGKILL)
            assert comes_back(stack, victim, pid), victim
            # It is delivered and charged again before the next one dies.
            assert charged_something_since(stack, order, charged(stack, order)), victim
        pid = stack.pids["worker"]
        with nobody_writes(stack, "ledger_balance"):
            kill(stack, "worker", "ledger_balance")
        assert comes_back(stack, "worker", pid)
        assert charged_something_since(stack, order, charged(stack, order))
    finally:
        readers.over.set()
        for thread in threads:
            thread.join()

    assert {name for name in (*VICTIMS, "worker") if first[name] == stack.pids[name]} == set()
    price = len(readers.told) * PRICE
    settled = [(price, price)]
    assert processes.wait_until(lambda: ask(stack, PRICED, order) == settled, seconds=SECONDS)
    assert int(shell(stack, COUNTED.format(order=order))) == price
    spent = price // FEN
    assert 100 < spent < BUDGET
    assert ask(stack, SPENT, order) == [(spent, 0, 0)]
    assert ask(stack, WALLET, str(world["buyer"])) == [(HAD - spent, BUDGET - spent)]

    assert shell(stack, END.format(order=order)) == "ended"
    back = [(HAD - spent, 0)]
    assert processes.wait_until(
        lambda: ask(stack, WALLET, str(world["buyer"])) == back, seconds=SECONDS
    )
    assert ask(stack, SPENT, order) == [(spent, 0, 0)]
    assert ask(stack, PLATFORM, order) == [(spent,)]
    stack.manage("ledger", "check")
    assert "all figures agree" in stack.manage("facts", "verify")
