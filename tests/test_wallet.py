"""The journey of somebody who tops up: a form, the pay page of play money, and a wallet that says so."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from meadow.core import clock
from meadow.payments.testing import ASKING_CARD, BAD_CARD, GOOD_CARD, running_localstripe
from meadow.runtime import processes
from meadow.runtime.testing import MEADOW, LiveStack, wait_for_answer
from tests.browser import PHONE, expect, sign_up, visit

pytestmark = pytest.mark.browser
# Somebody has earned something.
EARNED = """
from meadow.accounts.models import Person
from meadow.ledger.testing import wallet
from meadow.core.clock import now
wallet(str(Person.objects.get(handle="{payee}").pk), 20_000, now=now())
"""
# The days in which a new account is not paid to are over.
DAYS_LATER = """
from django.db.models import F
from meadow.payouts.models import PayoutMethod
PayoutMethod.objects.filter(person__handle="{payee}").update(usable_from=F("added_at"))
"""
# An operator whose software asks people for money.
ASKER = """
from meadow.accounts.testing import make_person, make_token
from meadow.core.ids import new_id
asker = make_person("asks_" + new_id("x").lower(), role="operator")
print("token", make_token(asker, "charges:write"))
"""


def test_a_top_up_arrives_is_given_back_in_part_and_both_are_on_the_statement(
    browser: Browser, live_stack: LiveStack
) -> None:
    address = live_stack.base_url
    with visit(browser, address, viewport=PHONE) as visitor, visit(browser, address) as desk:
        sign_up(visitor)
        keepers = [sign_up(desk)]
        live_stack.manage("manage", "shell", "-c", OPERATORS.format(handles=keepers))
        page = visitor.open("/wallet?amount=12.50")

        page.get_by_role("button", name="Go on to pay").click()
        page.get_by_role("button", name="Pay, but let it take").click()
        # Nobody reloads: the page asks until the payment has come in.
        expect(page.locator("#standing")).to_contain_text("In your wallet", timeout=60_000)
        payment = page.url.rsplit("/", 1)[1]
        page.get_by_role("link", name="Back to your wallet").click()

        expect(page.locator(".figure-big")).to_have_text("¥12.50")
        expect(page.get_by_text("then ¥12.50")).to_be_visible()

        page = desk.open(f"/operator/payments/{payment}")
        page.get_by_label("Amount").fill("2.50")
        page.get_by_label("Why").fill("They changed their mind.")
        page.get_by_role("button", name="Give back").click()
        expect(page.get_by_role("list").get_by_text("They changed their mind.")).to_be_visible()
        page = visitor.open("/wallet")
        expect(page.locator(".figure-big")).to_have_text("¥10.00")
        page.get_by_role("link", name="Statements", exact=True).click()
        page.get_by_role("link", name=f"{clock.now():%B %Y}", exact=True).click()
        lines = page.get_by_role("listitem").filter(has_text="then ¥")
        expect(lines).to_have_count(2)
        expect(lines.last).to_contain_text("then ¥10.00")
        with page.expect_download() as file:
            page.get_by_role("link", name="Download PDF").click()
        assert file.value.path().read_bytes().startswith(b"%PDF-")
        with page.expect_download() as file:
            page.get_by_role("link", name="Download CSV").click()
        rows = list(csv.reader(file.value.path().read_text("utf-8-sig").splitlines()))
        assert [row[12] for row in rows[1:]] == ["0.00", "12.50", "10.00", "10.00"]
        live_stack.manage("manage", "shell", "-c", MEMBERS.format(handles=keepers))


@pytest.fixture
def card_site(live_stack: LiveStack, tmp_path: Path) -> Iterator[str]:
    """The web process once more, of the same stack, where cards are taken by a stand-in for Stripe."""
    port, log = processes.free_port(), tmp_path / "web.log"
    with running_localstripe() as keys:
        env = live_stack.env | {
            "MEADOW_PORT": str(port),
            "MEADOW_STRIPE_KEY": keys.key,
            "MEADOW_STRIPE_WEBHOOK_SECRET": keys.webhook_secret,
            "MEADOW_STRIPE_PUBLISHABLE_KEY": keys.publishable,
            "MEADOW_STRIPE_URL": keys.api,
            "MEADOW_STRIPE_SCRIPT_URL": keys.script,
        }
        with log.open("wb") as output:
            web = processes.spawn([*MEADOW, "web"], env=env, output=output, cwd=tmp_path)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for_answer(f"{address}/healthz", process=web, log=log, seconds=120)
            yield address
        finally:
            processes.stop(web)


def pay_by_card(page: Page, number: str, *, amount: str) -> None:
    """Type a card into the fields of the stand-in, and pay."""
    fields = {"number": number, "exp_month": "12", "exp_year": "30", "cvc": "123"}
    for name, typed in fields.items():
        page.get_by_placeholder(name).fill(typed)
    page.get_by_role("button", name=f"Pay {amount}", exact=True).click()


def test_a_card_tops_up_and_a_charge_is_agreed_to_captured_and_given_back(
    browser: Browser, live_stack: LiveStack, card_site: str
) -> None:
    token = live_stack.manage("manage", "shell", "-c", ASKER).split("token ")[1].strip()
    with visit(browser, card_site, viewport=PHONE) as visitor:
        handle = sign_up(visitor)
        page = visitor.open("/wallet?amount=50")
        page.get_by_role("button", name="Go on to pay").click()
        pay_by_card(page, BAD_CARD, amount="¥50.00")
        expect(page.get_by_role("alert").first).to_contain_text("The bank declined it.")
        pay_by_card(page, GOOD_CARD, amount="¥50.00")
        expect(page.locator("#standing")).to_contain_text("In your wallet")

        page = visitor.open("/wallet/card?amount=10&unit=CNY")
        pay_by_card(page, ASKING_CARD, amount="¥10.00")
        page.get_by_role("button", name="Complete authentication").click()
        expect(page.locator("#standing")).to_contain_text("In your wallet")

        def ask(path: str, key: str, **body: object) -> dict[str, object]:
            answer = page.request.post(
                f"{card_site}/api/v1/charges{path}",
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
                data=body,
            )
            assert answer.ok, answer.text()
            said: dict[str, object] = answer.json()
            return said

        until = (clock.now() + dt.timedelta(days=7)).isoformat()
        wanted = {"person": handle, "most": 3_000, "unit": "CNY", "title": "Booth"}
        charge = ask("", "ask", expires_at=until, **wanted)["id"]
        page = visitor.open("/wallet")
        page.get_by_role("link", name="What you were asked to pay").click()
        page.get_by_role("link", name="Booth").click()
        page.get_by_role("button", name="Agree, up to ¥30.00").click()
        expect(page.get_by_text("Agreed, held")).to_be_visible()
        ask(f"/{charge}/captures", "take", amount=1_000, closes=True)
        ask(f"/{charge}/returns", "back", amount=400, note="Rained off.")

        page = visitor.open("/wallet")
        expect(page.locator(".figure-big")).to_have_text("¥54.00")
        for line in ("Given back: Booth", "Paid: Booth"):
            expect(page.get_by_text(line)).to_be_visible()
        # The declined card; and realtime takes pages of the stack's own port alone.
        meant = ("422", "WebSocket")
        visitor.faults[:] = [one for one in visitor.faults if not any(m in one for m in meant)]
    live_stack.manage("ledger", "check")


OPERATORS = """
from meadow.accounts.models import Person
Person.objects.filter(handle__in={handles!r}).update(role="operator")
"""
MEMBERS = OPERATORS.replace('"operator"', '"member"')


def test_what_one_operator_proposes_another_books_and_its_person_reads_why(
    browser: Browser, live_stack: LiveStack
) -> None:
    url = live_stack.base_url
    with (
        visit(browser, url) as first,
        visit(browser, url) as second,
        visit(browser, url, viewport=PHONE) as person,
    ):
        handles = [sign_up(first), sign_up(second)]
        reader = sign_up(person)
        live_stack.manage("manage", "shell", "-c", OPERATORS.format(handles=handles))

        page = first.open("/operator/finance/proposals/new")
        page.get_by_label("What it is").select_option("goodwill")
        page.get_by_label("From", exact=True).fill("platform:goodwill")
        page.get_by_label("To", exact=True).fill(f"@{reader}")
        page.get_by_label("Amount").fill("8.80")
        page.get_by_label("Why, in words").fill("For the day when nothing worked.")
        page.get_by_role("button", name="See what it would leave").click()
        expect(page.get_by_role("row", name=f"@{reader}")).to_contain_text("¥8.80")
        page.get_by_role("button", name="Propose it").click()
        expect(page.get_by_role("button", name="Take it back")).to_be_visible()

        page = second.open(page.url.removeprefix(url))
        page.get_by_role("button", name="Approve and book").click()
        expect(page.get_by_text("Approved and booked")).to_be_visible()
        balance = second.open("/operator/finance/trial-balance")
        expect(balance.locator("tfoot td").first).to_have_text("¥0.00")
        with balance.expect_download() as file:
            balance.get_by_role("link", name="CSV").click()
        assert "CNY,platform,goodwill," in file.value.path().read_text()

        page = person.open("/wallet")
        page.get_by_role("link", name="Goodwill").click()
        expect(page.get_by_text("For the day when nothing worked.")).to_be_visible()
        live_stack.manage("manage", "shell", "-c", MEMBERS.format(handles=handles))


def test_a_payout_is_verified_drawn_up_approved_by_another_and_paid(
    browser: Browser, live_stack: LiveStack
) -> None:
    address = live_stack.base_url
    with (
        visit(browser, address, viewport=PHONE) as payee,
        visit(browser, address) as first,
        visit(browser, address) as second,
    ):
        handle, *keepers = (sign_up(one) for one in (payee, first, second))
        said = EARNED.format(payee=handle) + OPERATORS.format(handles=keepers)
        live_stack.manage("manage", "shell", "-c", said)
        page = payee.open("/wallet/payouts/accounts/new")
        page.get_by_label("Country or region").select_option("GB")
        page.get_by_label("Name that the account is in").fill("Ann Example")
        page.get_by_label("Bank", exact=True).fill("West Bank")
        page.get_by_label("Account number or IBAN").fill("GB82 WEST 1234 5698 7654 32")
        page.get_by_role("button", name="Add and have it verified").click()
        expect(page.get_by_text("Being verified")).to_be_visible()

        desk = first.open("/operator/payouts/accounts")
        desk.locator("li", has_text=handle).get_by_role("link").first.click()
        desk.get_by_role("button", name="It is theirs").click()
        expect(desk.get_by_text("Verified. Its person is told.")).to_be_visible()
        live_stack.manage("manage", "shell", "-c", DAYS_LATER.format(payee=handle))
        page = payee.open("/wallet/payouts")
        page.get_by_label("Amount").fill("120")
        page.get_by_role("button", name="See what arrives").click()
        expect(page.get_by_text("To your account")).to_be_visible()
        page.get_by_role("button", name="Pay this out").click()
        expect(page.get_by_text("Waits for the next batch")).to_be_visible()
        payout = page.url

        desk = first.open("/operator/payouts/batches")
        desk.get_by_label("Pay by").select_option("sandbox")
        desk.get_by_role("button", name="Draw it up").click()
        expect(desk.get_by_text("You drew it up or are paid by it")).to_be_visible()
        desk = second.open(desk.url.removeprefix(address))
        desk.get_by_role("button", name="Approve ¥").click()
        expect(desk.get_by_text("Approved. It leaves now.")).to_be_visible()

        page.goto(payout)
        paid = page.locator(".chip", has_text="Paid")
        for _look in range(120):
            if paid.count():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(paid).to_be_visible()
        live_stack.manage("manage", "shell", "-c", MEMBERS.format(handles=keepers))
