"""What orders took, where buyers read it: many charges of a day as one line, each of them in files."""

import datetime as dt

import pytest
from django.test import Client

from meadow.accounts.testing import make_person
from meadow.ledger.testing import wallet
from meadow.payments.queries import read_runs
from meadow.promotion.services.charging import charge_delivered
from meadow.promotion.tests.paying import FEN, NOW, count, place

pytestmark = pytest.mark.django_db
CHARGES = 60


@pytest.fixture
def buyer() -> Client:
    """Somebody whose two orders were charged by turns."""
    person = make_person()
    wallet(str(person.pk), 5_000, now=NOW)
    orders = [place(person, budget=1_000), place(person, budget=1_000)]
    for number in range(CHARGES):
        order = orders[number % 2]
        count(order, (number + 1) * 10 * FEN)
        charge_delivered(order_id=order.pk, now=NOW + dt.timedelta(seconds=number))
    client = Client()
    client.force_login(person)
    runs = read_runs(person.pk, unit="CNY").items
    # The second was charged last, by 20 fen each time but the first.
    assert [(run.count, run.amount, run.balance_after) for run in runs[:2]] == [
        (30, -600, 3_810),
        (30, -590, 4_410),
    ]
    return client


def test_a_wallet_says_once_what_an_order_took_in_a_day(buyer: Client) -> None:
    said = buyer.get("/wallet?unit=CNY").content.decode()

    assert said.count("Promoted a note, as far as it was shown") == 2
    assert said.count("30 lines of one day, together") == 2
    assert "Older ones" not in said


def test_a_statement_has_one_line_and_its_table_every_one(buyer: Client) -> None:
    month = f"{NOW:%Y-%m}"

    page = buyer.get(f"/wallet/statements/{month}?unit=CNY").content.decode()
    table = b"".join(buyer.get(f"/wallet/statements/{month}.csv?unit=CNY"))
    drawn = buyer.get(f"/wallet/statements/{month}.pdf?unit=CNY")

    assert page.count("30 lines of one day, together") == 2
    assert table.decode().count("promotion.spend") == CHARGES
    assert drawn.content.startswith(b"%PDF")


def test_the_api_has_every_line(buyer: Client) -> None:
    answer = buyer.get("/api/v1/wallet/history?unit=CNY&size=100").json()

    assert [one["reason"] for one in answer["items"]].count("promotion.spend") == CHARGES
