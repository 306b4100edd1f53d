"""What `meadow bench forecast` asks of a whole installation: the form's fragment, as it changes.

Run as `python -m meadow.bench.forecast_parts`; prints one line of JSON, milliseconds by what was asked.
"""

import json
import time
from typing import Any, Final

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
    from meadow.promotion.queries.predictions import forget_lately
    from meadow.promotion.testing import make_market

    buyer, now = make_person(), clock.now()
    note = make_note(buyer.pk, photos=0)
    make_topic("tea", note)
    make_market(now=now, people=PEOPLE, topics=TOPICS, live=LIVE)
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
        forget_lately()
        found["fresh"].append(ask("smart", turn))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
