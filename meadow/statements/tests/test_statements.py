"""Statements explain every cent: a page, a file and a sum of the same time are one set of figures."""

import csv
import datetime as dt
import hashlib
import io
from dataclasses import replace
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.test import Client
from django.utils.translation import override

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.pagination import InvalidCursor, encode_cursor
from meadow.ledger.models import Account
from meadow.ledger.queries import get_account, list_accounts
from meadow.ledger.records import AccountRecord
from meadow.ledger.testing import wallet
from meadow.notifications.queries import list_notifications
from meadow.statements import queries
from meadow.statements.errors import StatementMissing, TooLongToPrint
from meadow.statements.months import Month, read_month
from meadow.statements.pdf import draw_month
from meadow.statements.services import tell_of_last_month
from meadow.statements.testing import account_for, earn, give_back, pay_out, post

pytestmark = pytest.mark.django_db
UTC = dt.UTC
MAY = dt.datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
LATER = dt.datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
DAY = dt.timedelta(days=1)


def account_of(pk: int) -> AccountRecord:
    return get_account(public_id=Account.objects.get(pk=pk).public_id)


def month(account: int, name: str, now: dt.datetime = LATER) -> Any:
    return queries.read_month_statement(account_of(account), month=read_month(name), now=now)


def lines(account: int, name: str) -> list[Any]:
    return list(queries.each_line(month(account, name)))


def file_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_a_line_goes_from_gross_to_net_and_back_again() -> None:
    ann = wallet("1", now=MAY)
    sold = earn(ann, gross=10_000, fee=1_500, tax=501, now=MAY)
    paid = pay_out(ann, gross=5_000, fee=30, tax=70, now=MAY + DAY)
    give_back(sold, amount=1_000, now=MAY + 2 * DAY)
    give_back(paid, now=MAY + 3 * DAY)

    told = [
        (one.gross, one.fees, one.taxes, one.others, one.net, one.amount, one.balance_after)
        for one in lines(ann, "2026-05")
    ]

    assert told == [
        (10_000, 1_500, 501, 0, 7_999, 7_999, 7_999),
        (5_000, 30, 70, 0, 4_900, -5_000, 2_999),
        (-1_000, -150, -50, 0, -800, -800, 2_199),
        (-5_000, -30, -70, 0, -4_900, 5_000, 7_199),
    ]
    assert [share.role for share in lines(ann, "2026-05")[0].shares] == ["fee", "tax"]
    whole = month(ann, "2026-05")
    assert (whole.opening, whole.closing) == (0, 7_199)
    assert (whole.sums.came_in, whole.sums.went_out) == (12_999, 5_800)
    assert (whole.sums.fees, whole.sums.taxes) == (1_350, 451)


def test_shares_of_others_are_said_and_two_payers_claim_nothing_of_each_other() -> None:
    ann, bob, eve = (wallet(owner, now=MAY) for owner in "123")
    cash, fees = account_for("provider", "cash", now=MAY), account_for("platform", "x", now=MAY)
    post((cash, -100), (ann, 60), (bob, 25), (fees, 15), now=MAY)
    post((ann, -40), (bob, -20), (eve, 55), (fees, 5), now=MAY + DAY)

    split, together = lines(ann, "2026-05")
    gained = lines(eve, "2026-05")[0]

    assert (split.gross, split.others, split.net) == (100, 40, 60)
    assert {share.amount for share in split.shares} == {25, 15}
    assert (together.gross, together.net, together.shares) == (40, 40, [])
    assert (gained.gross, gained.others, gained.net) == (60, 5, 55)


def test_a_late_booking_is_in_the_month_in_which_it_was_booked() -> None:
    ann = wallet("1", now=MAY)
    earn(ann, gross=100, now=MAY)
    before = replace(month(ann, "2026-05"), account=None)
    fingerprint = queries.read_fingerprint(month(ann, "2026-05"))
    june = MAY + 40 * DAY
    earn(ann, gross=7, now=june, effective_at=MAY + DAY)

    assert replace(month(ann, "2026-05"), account=None) == before
    assert queries.read_fingerprint(month(ann, "2026-05")) == fingerprint
    assert [(one.amount, one.effective_at) for one in lines(ann, "2026-06")] == [(7, MAY + DAY)]
    assert month(ann, "2026-06").opening == 100


def test_the_last_moment_of_a_month_is_in_it_and_the_next_is_not() -> None:
    ann = wallet("1", now=MAY)
    ends = Month(2026, 5).ends
    earn(ann, gross=1, now=ends - dt.timedelta(microseconds=1))
    earn(ann, gross=2, now=ends)

    assert [one.amount for one in lines(ann, "2026-05")] == [1]
    assert [one.amount for one in lines(ann, "2026-06")] == [2]
    assert (month(ann, "2026-05").closing, month(ann, "2026-06").opening) == (1, 1)


@pytest.mark.parametrize(
    ("after_the_end", "state"),
    [(-dt.timedelta(seconds=1), "running"), (dt.timedelta(0), "settling"), (DAY, "closed")],
)
def test_a_month_is_closed_once_what_began_in_it_has_come_in(
    after_the_end: dt.timedelta, state: str
) -> None:
    may = Month(2026, 5)

    assert may.state(now=may.ends + after_the_end) == state
    assert may.state(now=may.settled_at) == "closed"


def test_there_is_no_statement_before_the_account_or_of_what_is_to_come() -> None:
    ann = wallet("1", now=MAY)
    for name in ("2026-04", "2026-10"):
        with pytest.raises(StatementMissing):
            month(ann, name)
    for name in ("2026-13", "2026-5", "1999-01", "26-05", "x"):
        with pytest.raises(StatementMissing):
            read_month(name)
    with pytest.raises(StatementMissing):
        queries.read_year_statement(account_of(ann), year=2025, now=LATER)
    with pytest.raises(InvalidCursor):
        queries.read_lines(month(ann, "2026-05"), cursor=encode_cursor({"pk": 1}))


@pytest.fixture
def ann() -> Person:
    return make_person("ann")


def books(person: Person, *, unit: str = "CNY") -> int:
    """Give a person a May with an income that has shares, and a formula for a reference."""
    account = wallet(str(person.pk), now=MAY, unit=unit)
    sold = earn(
        account,
        gross=10_000,
        fee=1_500,
        tax=500,
        now=MAY,
        reference="=1+1",
        decision="d123",
        unit=unit,
    )
    give_back(sold, amount=1_000, now=MAY + DAY)
    return account


@pytest.mark.slow
def test_page_csv_pdf_and_api_say_the_same(ann: Person) -> None:
    account = books(ann)
    client = sign_in(ann)
    headers = {"Authorization": f"Bearer {make_token(ann, 'wallet:read')}"}

    page = client.get("/wallet/statements/2026-05").content.decode()
    rows = file_of(client.get("/wallet/statements/2026-05.csv?unit=CNY"))
    pdf = text_of(client.get("/wallet/statements/2026-05.pdf").content)
    api = Client().get("/api/v1/wallet/statements/2026-05?size=1", headers=headers).json()

    assert rows[1][4:] == ["Opening balance", "", *[""] * 6, "0.00", "CNY", "", ""]
    assert rows[2][3:] == [
        *("test.earned", "Transfer", "'=1+1", "100.00", "15.00", "5.00", "0.00", "80.00"),
        *("80.00", "80.00", "CNY", "", "d123"),
    ]
    assert rows[3][6:14] == [
        *("-10.00", "-1.50", "-0.50", "0.00", "-8.00", "-8.00", "72.00", "CNY"),
    ]
    assert rows[-1][4:13] == ["Closing balance", "", *[""] * 6, "72.00"]
    for words in ("¥100.00", "-¥15.00", "-¥5.00", "¥80.00", "-¥8.00", "¥72.00", "Platform fee"):
        assert words in page
        assert words in pdf
    assert (api["opening"], api["closing"], api["sums"]["fees"]) == (0, 7_200, 1_350)
    assert [one["amount"] for one in api["items"][0]["shares"]] == [1_500, 500]
    assert api["fingerprint"] in page
    assert api["fingerprint"] in pdf
    said = [(row[2], _minor(row[11]), _minor(row[12])) for row in rows[2:-1]]
    digest = hashlib.sha256("\n".join(f"{a} {b} {c}" for a, b, c in said).encode()).hexdigest()
    assert digest == api["fingerprint"]
    more = f"/api/v1/wallet/statements/2026-05?cursor={api['next_cursor']}"
    last = Client().get(more, headers=headers).json()
    assert [one["change"] for one in last["items"]] == [-800]
    assert last["next_cursor"] is None
    assert get_account(public_id=api["account"]).id == account


def _minor(figure: str) -> int:
    return int(figure.replace(".", ""))


def test_a_year_is_a_page_a_file_and_an_answer(ann: Person) -> None:
    books(ann)
    client = sign_in(ann)

    page = client.get("/wallet/statements/2026").content.decode()
    rows = file_of(client.get("/wallet/statements/2026.csv"))
    api = client.get("/api/v1/wallet/statements?year=2026").json()

    assert "¥72.00" in page
    assert rows[1][:5] == ["2026-05", "", "", "2", "80.00"]
    assert rows[-1] == [
        *("2026", "", "Together", "2", "80.00", "8.00", "13.50", "4.50", "0.00"),
        *("0.00", "72.00", "CNY"),
    ]
    assert {one["reason"]: one["went_out"] for one in api["by_reason"]} == {
        "test.earned": 0,
        "test.back": 800,
    }
    assert api["months"][-1]["month"] == "2026-05"
    assert client.get("/wallet/statements").status_code == 200
    assert client.get("/wallet/statements/2020").status_code == 404


@pytest.mark.usefixtures("words")
def test_chinese_readers_have_theirs(ann: Person) -> None:
    account = books(ann)

    with override("zh-hans"):
        pdf = text_of(draw_month(month(account, "2026-05"), whose="@ann"))
    client = sign_in(ann)
    page = client.get("/wallet/statements/2026-05", headers={"Accept-Language": "zh-Hans"})

    assert "2026年5月" in pdf
    assert "期初余额" in pdf
    assert "期末余额" in page.content.decode()


@pytest.mark.slow
def test_only_whose_it_is_and_operators_read_it(ann: Person) -> None:
    account = account_of(books(ann))
    transfer = next(iter(lines(account.id, "2026-05"))).transfer
    keeper = make_person("keeper")
    keeper.role = Person.Role.OPERATOR
    keeper.save()
    bob, operator = sign_in(make_person("bob")), sign_in(keeper)
    anybodys = f"/operator/statements/{account.public_id}"

    assert bob.get("/wallet/statements").status_code == 200
    for path in ("/wallet/statements/2026-05", f"/wallet/booked/{transfer}"):
        assert bob.get(path).status_code == 404
        assert operator.get(path).status_code == 404
    for path in ("", "/2026", "/2026.csv", "/2026-05", "/2026-05.csv", "/2026-05.pdf"):
        assert bob.get(anybodys + path).status_code == 403
        assert operator.get(anybodys + path).status_code == 200
    assert "@ann" in operator.get(f"{anybodys}/2026-05").content.decode()
    cash = next(one for one in list_accounts(kind="provider").items)
    assert operator.get(f"/operator/statements/{cash.public_id}").status_code == 404


def test_a_transfer_shows_its_own_side_by_name_and_others_by_what_they_are_for(ann: Person) -> None:
    books(ann)
    bob = wallet(str(make_person("bob").pk), now=MAY)
    mine = queries.find_wallet(ann.pk, unit="CNY")
    sent = post((mine.id, -500), (bob, 500), now=MAY + 2 * DAY)
    client = sign_in(ann)

    page = client.get(f"/wallet/booked/{sent.public_id}").content.decode()
    api = client.get(f"/api/v1/wallet/booked/{sent.public_id}").json()

    assert "@bob" not in page
    assert "-¥5.00" in page
    assert [(one["is_yours"], one["title"], one["amount"]) for one in api["legs"]] == [
        (True, "Person · Wallet", -500),
        (False, "Person · Wallet", 500),
    ]
    assert "key" not in api
    assert client.get("/wallet/booked/tNobody").status_code == 404


def test_long_months_take_as_many_questions_as_short_ones(
    ann: Person, django_assert_num_queries: Any
) -> None:
    account = books(ann)
    client = sign_in(ann)
    client.get("/wallet/statements/2026-05")
    with django_assert_num_queries(7):
        client.get("/wallet/statements/2026-05")
    for minute in range(60):
        earn(account, gross=100, fee=10, now=MAY + 2 * DAY + dt.timedelta(minutes=minute))

    with django_assert_num_queries(7):
        first = client.get("/wallet/statements/2026-05").content.decode()
    with django_assert_num_queries(5):
        client.get("/wallet/statements/2026")

    assert first.count('class="money-line"') == 50
    assert 'rel="next"' in first


def test_a_month_too_long_to_print_says_where_all_of_it_is(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = books(ann)
    monkeypatch.setattr("meadow.statements.pdf.MOST_PRINTED", 1)

    with pytest.raises(TooLongToPrint):
        draw_month(month(account, "2026-05"), whose="@ann")

    answer = sign_in(ann).get("/wallet/statements/2026-05.pdf")
    assert answer.status_code == 422
    assert "This month has 2 lines, and a PDF at most 1." in answer.content.decode()


def test_whose_wallet_moved_hears_once_that_the_month_is_over(ann: Person) -> None:
    books(ann)
    books(ann, unit="USD")
    wallet("999999999", 5, now=MAY)
    may = Month(2026, 5)

    early = tell_of_last_month(now=may.ends)
    told = [tell_of_last_month(now=may.settled_at + one * DAY) for one in range(2)]
    news = list_notifications(person_id=ann.pk).items

    assert (early, told) == (0, [2, 2])
    assert sorted((one.title, one.url) for one in news) == [
        (
            "Your CNY statement of May 2026 is there",
            "/wallet/statements/2026-05?unit=CNY",
        ),
        (
            "Your USD statement of May 2026 is there",
            "/wallet/statements/2026-05?unit=USD",
        ),
    ]
