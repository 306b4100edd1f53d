"""What `meadow bench forecast` asks of a whole installation: the form's fragment, as it changes.

Run as `python -m meadow.bench.forecast_parts`; prints one line of JSON, milliseconds by what was asked.
"""

import datetime as dt
import json
import time
from typing import Any, Final

HOURS: Final = 28 * 24
PEOPLE: Final = 200_000
TOPICS: Final = 500
LIVE: Final = 2_000
ROUNDS: Final = 40
LENGTHS: Final = ("24", "48", "72", "168")
ASKED: Final[dict[str, dict[str, str]]] = {
    "smart": {"audience": "smart"},
    "described": {"audience": "custom", "who-interest": "tea", "who-gender": "female"},
}


def main() -> None:
    """Fill an empty database with a community that orders reach, then change a form over and over."""
    import django

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    from django.db import connection

    from meadow.accounts.testing import make_person, sign_in
    from meadow.core import clock
    from meadow.ledger.testing import wallet
    from meadow.notes.testing import make_note, make_topic
    from meadow.programs.testing import admit
    from meadow.promotion.queries import predictions

    buyer, now = make_person(), clock.now()
    note = make_note(buyer.pk, photos=0)
    make_topic("tea", note)
    _fill(now)
    admit(buyer.pk, "promotion", now=now)
    wallet(str(buyer.pk), 50_000, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    browser = sign_in(buyer)
    form = {"note": note.public_id, "key": "k1", "goal": "reads", "budget": "1000", "act": ""}

    def ask(which: str, turn: int) -> float:
        values = form | ASKED[which] | {"hours": LENGTHS[turn % len(LENGTHS)]}
        began = time.perf_counter()
        answer = browser.post("/promote/new", values, headers={"HX-Request": "true"})
        took = 1e3 * (time.perf_counter() - began)
        if answer.status_code != 200 or b"Order for" not in answer.content:
            raise RuntimeError(answer.content.decode()[:500])
        return took

    for which in ASKED:
        ask(which, 0)
    found: dict[str, Any] = {which: [] for which in (*ASKED, "fresh")}
    for turn in range(ROUNDS):
        for which in ASKED:
            found[which].append(ask(which, turn))
        # As for a note that nobody asked about within a minute.
        predictions._lately.clear()
        found["fresh"].append(ask("smart", turn))
    print(json.dumps(found), flush=True)


def _fill(now: dt.datetime) -> None:
    """Keep four weeks of hours with prices, who comes how often, an index of people, and live orders."""
    import numpy as np
    from pyroaring import BitMap

    from meadow.accounts.testing import make_person
    from meadow.core.ids import new_id
    from meadow.promotion.audiences.index import AudienceIndex
    from meadow.promotion.lift.holdout import new_salt
    from meadow.promotion.models import InventoryHour, Order, PeopleWithin
    from meadow.promotion.testing import ensure_rule, make_snapshot

    luck = np.random.default_rng(1)
    until = now.replace(minute=0, second=0, microsecond=0)
    hour = dt.timedelta(hours=1)
    InventoryHour.objects.bulk_create(
        InventoryHour(
            hour=until - back * hour,
            pages=20_000,
            people=4_000,
            filled=15_000,
            spent=900_000_000,
            wins={str(place): int(luck.integers(1, 400)) for place in range(200, 260)},
        )
        for back in range(1, HOURS + 1)
    )
    windows = {2: 8e3, 24: 6e4, 72: 9e4, 168: 1.2e5, 672: 1.5e5}
    PeopleWithin.objects.bulk_create(
        PeopleWithin(hours=hours, people=count, pages=20_000, made_at=now)
        for hours, count in windows.items()
    )
    everybody = BitMap(range(PEOPLE))
    index = AudienceIndex(everybody, everybody)
    for number in range(TOPICS):
        some = luck.choice(PEOPLE, 5_000, replace=False).tolist()
        index.fill(dimension="interest", value=f"topic{number}", people=some)
    index.fill(dimension="interest", value="tea", people=range(PEOPLE // 2))
    index.fill(dimension="gender", value="female", people=range(0, PEOPLE, 2))
    make_snapshot(index, now=now)
    other, rule = make_person(), ensure_rule()
    names = [new_id("f") for _ in range(LIVE)]
    Order.objects.bulk_create(
        [
            Order(
                public_id=name,
                key=name,
                buyer_id=other.pk,
                author_id=other.pk,
                note_id=1_000_000 + number,
                goal="reads",
                audience={"all": []},
                unit="CNY",
                budget=3_000,
                starts_at=now - hour,
                ends_at=now + 24 * hour,
                rule=rule,
                salt=new_salt(),
                holdout=1_000,
                forecast={},
                placed_at=now,
                state="running",
            )
            for number, name in enumerate(names)
        ],
        batch_size=1_000,
    )


if __name__ == "__main__":
    main()
