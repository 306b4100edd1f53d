"""What a browser tells of a sponsored card is paid for and priced, of a ghost neither: with real engines."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.campaigns import count_delivered
from meadow.analytics.histories import Seen, count_seen
from meadow.core.clock import now
from meadow.feed.testing import forget_feed, rank_now, reader_of
from meadow.notes.testing import make_note
from meadow.promotion.delivery.testing import make_live_order
from meadow.promotion.models import Order
from meadow.promotion.queries.about import LOAD_DAYS
from meadow.promotion.testing import ensure_rule
from meadow.promotion.tests.showing import wait_until_counted
from meadow.runtime.testing import RunningEngines

pytestmark = [pytest.mark.engines, pytest.mark.django_db]
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
ONCE = {"impression": "i", "open": "o", "read": "r"}


def make_promoted() -> Order:
    """Return a live order for a note, in a community with a wall."""
    ensure_rule()
    forget_feed()
    author = make_person().pk
    for _ in range(30):
        make_note(author, now=now())
    rank_now(now=now())
    buyer = make_person()
    note = make_note(buyer.pk, title="Bought", now=now())
    return make_live_order(buyer=buyer, note_id=note.pk, now=now())


def tell(client: Client, *facts: tuple[str, str]) -> list[str]:
    """Tell facts (kind, token) as facts.js names them, and return their ids."""
    events: list[dict[str, Any]] = [
        {"id": f"e{ONCE[kind]}{token[3:18]}", "k": kind, "t": token, "ms": 1_500}
        for kind, token in facts
    ]
    body = json.dumps({"v": 1, "events": events})
    answer = client.post("/e", body, content_type="application/json", headers=BROWSER)
    assert answer.status_code == 204
    return [event["id"] for event in events]


def test_what_is_told_of_a_sponsored_card_is_paid_and_priced_and_a_ghost_is_neither(
    warehouse: RunningEngines,
) -> None:
    order = make_promoted()
    served, held_out = reader_of(order), reader_of(order, held_out=True)
    reader, other = sign_in(served), sign_in(held_out)

    html = reader.get("/").content.decode()
    [address, token] = re.findall(r'href="(/n/[^"]+\?via=([^"]+))"', html)[0]
    [opened] = re.findall(r'data-note-token="([^"]+)"', reader.get(address).content.decode())
    [ghost] = re.findall(r'data-fact-also="([^"]+)"', other.get("/").content.decode())
    told = [
        *tell(reader, ("impression", token), ("open", opened), ("read", opened)),
        # Told twice, as a browser does that was not answered: it is one impression.
        *tell(reader, ("impression", token)),
        *tell(other, ("impression", ghost)),
    ]
    wait_until_counted(sorted(set(told)))

    [found] = count_delivered(notes=[(order.author_id, order.note_id)])
    assert (found.campaign_id, found.raw_impressions, found.impressions) == (order.pk, 1, 1)
    assert (found.price, found.people, found.ghosts) == (order.rule.reserve, 1, 1)
    assert (found.opens, found.reads, found.invalid) == (1, 1, 0)
    since = now().replace(year=now().year - 1)
    assert LOAD_DAYS == 7
    assert count_seen(pseudonym=served.pseudonym, surface="hot", since=since) == Seen(1, 1)
    assert count_seen(pseudonym=held_out.pseudonym, surface="hot", since=since) == Seen(0, 0)
