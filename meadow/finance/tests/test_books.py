"""The operator's finance: what the books say as of a time, on one account, and of one transfer."""

import datetime as dt

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.pagination import InvalidCursor, encode_cursor
from meadow.core.transactions import transaction
from meadow.ledger.models import Account
from meadow.ledger.queries import (
    get_account,
    list_accounts,
    list_entries,
    trial_balance,
    walk_entries,
)
from meadow.ledger.records import Draft, Leg, TrialLine
from meadow.ledger.services import open_account, post_transfer
from meadow.ledger.testing import WHEN, give, make_books, wallet

HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


def operator() -> Person:
    person = make_person("keeper")
    person.role = Person.Role.OPERATOR
    person.save()
    return person


@pytest.fixture
def client() -> Client:
    return sign_in(operator())


def file_of(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode("utf-8-sig").splitlines()


def test_the_trial_balance_adds_up_to_nothing_at_any_time() -> None:
    wallet("ann", 500)
    give(wallet("bob", now=WHEN + HOUR), 70, now=WHEN + HOUR)

    before, after = trial_balance(at=WHEN), trial_balance()

    assert trial_balance(at=WHEN - HOUR) == []
    assert before == [
        TrialLine("CNY", "person", "wallet", 1, 500, None),
        TrialLine("CNY", "provider", "cash", 1, -500, None),
    ]
    assert after == [
        TrialLine("CNY", "person", "wallet", 2, 570, 0),
        TrialLine("CNY", "provider", "cash", 1, -570, 0),
    ]


def test_pages_of_entries_carry_the_balance_of_the_whole_account() -> None:
    """Also of one that is kept in many rows, each with a count of its own."""
    ann = wallet("ann")
    with transaction():
        bank = open_account(kind="provider", purpose="cash", unit="CNY", now=WHEN)
    for number in range(1, 8):
        give(ann, number, now=WHEN + number % 3 * HOUR)

    for account, sign in ((ann, 1), (bank, -1)):
        seen, cursor = [], None
        while True:
            page = walk_entries(account_id=account, cursor=cursor, size=3)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        running = 0
        for line in reversed(seen):
            running += line.amount
            assert line.balance == running
        assert (len(seen), running) == (7, sign * 28)
        assert [one.booked_at for one in seen] == sorted(
            (one.booked_at for one in seen), reverse=True
        )


def test_what_words_need_is_handed_out_with_a_line_and_not_as_text() -> None:
    ids = make_books("ann")
    account = get_account(public_id=ids["account"]).id

    booked = [one.params for one in walk_entries(account_id=account).items]
    owned = [one.params for one in list_entries(account).items]

    assert booked == owned == [{}, {"note": "=1+1"}, {}]


def test_a_marker_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        walk_entries(account_id=wallet("ann", 5), cursor=encode_cursor({"pk": 3}))
    with pytest.raises(InvalidCursor):
        list_accounts(cursor=encode_cursor({"before": 3}))


def test_an_operator_reads_the_books(client: Client) -> None:
    ids = make_books(str(make_person("ann").pk))

    whole = client.get("/operator/finance/trial-balance").content.decode()
    found = client.get("/operator/finance/accounts?who=@ann").content.decode()
    account = client.get(f"/operator/finance/accounts/{ids['account']}").content.decode()
    transfer = client.get(f"/operator/finance/transfers/{ids['transfer']}").content.decode()

    assert "¥120.50" in whole
    assert "-¥120.50" in whole
    assert f"/operator/finance/accounts/{ids['account']}" in found
    assert all(words in account for words in ("@ann", "¥30.00", "order 7", "-¥20.00", "¥105.50"))
    assert all(words in transfer for words in ("a shop", "=1+1", "Given back by", "paid-"))


@pytest.mark.parametrize(
    "path",
    ["accounts?who=@nobody.here", "accounts?kind=moon", "?at=yesterday", "accounts?unit=XXX"],
)
def test_what_cannot_be_understood_shows_nothing_and_says_so(client: Client, path: str) -> None:
    make_books("ann")

    answer = client.get(f"/operator/finance/{'trial-balance' if path[0] == '?' else ''}{path}")

    assert answer.status_code == 422
    assert "¥" not in answer.content.decode()
    file = path.replace("accounts", "/accounts.csv").replace("?at", "/trial-balance.csv?at")
    assert client.get(f"/operator/finance{file}").status_code == 422


def test_every_view_is_a_file_that_no_spreadsheet_runs(client: Client) -> None:
    ids = make_books("=cmd")
    with transaction():
        bank = open_account(kind="provider", purpose="=cash", unit="CNY", now=WHEN)
        post_transfer(
            draft=Draft(
                "k", "test", (Leg(bank, -5), Leg(wallet_of(ids), 5)), reference="@sum(1+1)"
            ),
            now=WHEN,
        )

    balance = file_of(client, "/operator/finance/trial-balance.csv")
    accounts = file_of(client, "/operator/finance/accounts.csv?kind=person")
    account = file_of(client, f"/operator/finance/accounts/{ids['account']}.csv")
    transfer = file_of(client, f"/operator/finance/transfers/{ids['transfer']}.csv")

    assert balance[1:] == [
        "CNY,person,wallet,Person,Wallet,2,120.55,30.00",
        "CNY,provider,'=cash,Payment provider,'=cash,1,-0.05,0.00",
        "CNY,provider,cash,Payment provider,cash,1,-120.50,0.00",
    ]
    said = "person,'=cmd,wallet,Person,Wallet"
    assert f"{ids['account']},{said},CNY,105.55,30.00,2026-05-01 12:00:00" in accounts
    assert account[1].endswith(",test,Transfer,'@sum(1+1),0.05,105.55,CNY")
    assert transfer[1].endswith(f",{said},-20.00,CNY")


def wallet_of(ids: dict[str, str]) -> int:
    return get_account(public_id=ids["account"]).id


def test_the_api_says_the_same_to_a_token_of_an_operator(client: Client) -> None:
    ids = make_books("ann")
    headers = {"Authorization": f"Bearer {make_token(Person.objects.get(), 'finance:read')}"}
    root = "/api/v1/operator/finance"

    def ask(path: str) -> dict[str, object]:
        answer = Client().get(f"{root}/{path}", headers=headers)
        assert answer.status_code == 200
        said: dict[str, object] = answer.json()
        return said

    account = ask(f"accounts/{ids['account']}")
    entries = ask(f"accounts/{ids['account']}/entries?size=2")
    transfer = ask(f"transfers/{ids['transfer']}")

    assert (account["posted"], account["held"], account["available"]) == (10_550, 3_000, 7_550)
    assert [(one["amount"], one["balance"]) for one in entries["items"]] == [  # type: ignore[attr-defined]
        (500, 10_550),
        (-2_000, 10_050),
    ]
    assert entries["next_cursor"]
    assert [leg["amount"] for leg in transfer["legs"]] == [-2_000, 2_000]  # type: ignore[attr-defined]
    assert len(ask("accounts?owner=ann")["items"]) == 1  # type: ignore[arg-type]
    at = ask(f"trial-balance?at={(WHEN - HOUR).isoformat().replace('+', '%2B')}")
    assert at["items"] == []
    assert Account.objects.count() == 3


def test_a_page_of_accounts_takes_few_questions(
    client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        wallet(str(make_person(f"person{number}").pk), 5)

    with django_assert_max_num_queries(7):  # type: ignore[operator]
        answer = client.get("/operator/finance/accounts?kind=person")

    assert answer.content.decode().count("¥0.05") == 30
