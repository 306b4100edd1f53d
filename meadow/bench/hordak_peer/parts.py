"""The peer's part of the ledger bench: `python -m meadow.bench.hordak_peer.parts PART CLIENTS SECONDS`."""

import json
import os
import random
import sys
from typing import Any, Final

os.environ["DJANGO_SETTINGS_MODULE"] = "meadow.bench.hordak_peer.settings"

ACCOUNTS: Final = 400
BATCH: Final = 100


def prepare() -> None:
    """Create the tables and the accounts."""
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    for number in range(ACCOUNTS):
        Account.objects.create(name=f"a{number}", code=f"{number}", type="LI", currencies=["CNY"])


def measure(part: str, clients: int, seconds: float) -> dict[str, Any]:
    """Transfer between two accounts drawn by lot: one a transaction, or BATCH of them."""
    from django.db import connection, transaction
    from djmoney.money import Money
    from hordak.models import Account

    from meadow.bench.clients import drive

    accounts = list(Account.objects.all())
    amount = Money("0.01", "CNY")
    each = BATCH if part == "batch" else 1
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]

    def act(client: int, step: int) -> None:
        lots = random.Random(f"{client} {step}")
        with transaction.atomic():  # noqa: TID251 - as the peer's users do
            for _one in range(each):
                giver, taker = lots.sample(accounts, 2)
                giver.transfer_to(taker, amount)

    return drive(act, clients=clients, seconds=seconds, each=each)


def main(words: list[str]) -> None:
    """Run one part; JSON on the last line."""
    import django

    django.setup()
    if words[0] == "prepare":
        prepare()
        print("{}")
    else:
        print(json.dumps(measure(words[0], int(words[1]), float(words[2]))))


if __name__ == "__main__":
    main(sys.argv[1:])
