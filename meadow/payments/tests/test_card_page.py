"""The page on which a card is typed: what it lets run, what it sends, and what it says of a refusal."""

from typing import Any

import pytest

from meadow.accounts.testing import make_person, sign_in
from meadow.payments.models import Payment
from meadow.payments.testing import ASKING_CARD, BAD_CARD, make_card
from meadow.payments.tests.test_top_up import funds
from meadow.payments.tests.test_wallet import FORM, text_of
from meadow.runtime.errors import Misconfigured
from meadow.runtime.payment_keys import PaymentKeys, StripeKeys, read_payment_keys

pytestmark = pytest.mark.django_db
PAGE = "/wallet/card?amount=12.50&unit=CNY"


@pytest.fixture
def stripe(localstripe: StripeKeys, settings: Any) -> StripeKeys:
    settings.PAYMENTS = PaymentKeys(sandbox=True, stripe=localstripe)
    return localstripe


def test_only_the_card_page_lets_stripes_script_run(stripe: StripeKeys) -> None:
    reader = sign_in(make_person())
    led = reader.post("/wallet/top-up", {**FORM, "provider": "stripe"})

    assert (led["Location"], Payment.objects.count()) == ("/wallet/card?unit=CNY&amount=12.50", 0)
    page = reader.get(led["Location"])
    origin = stripe.api
    policy = page["Content-Security-Policy"]
    assert f"script-src 'self' {origin};" in policy
    assert f"frame-src {origin} https://hooks.stripe.com" in policy
    assert "default-src 'none'" in policy
    assert f'src="{stripe.script}"' in page.content.decode()
    assert stripe.key not in page.content.decode()
    for other in ("/wallet", "/wallet/limits"):
        answer = reader.get(other)
        assert origin not in answer["Content-Security-Policy"]
        assert stripe.script not in answer.content.decode()


def test_a_card_that_was_typed_tops_up_once(stripe: StripeKeys) -> None:
    ann = make_person()
    reader = sign_in(ann)
    form = {"amount": "12.50", "unit": "CNY", "key": "kOnce", "method": make_card(stripe)}

    led = [reader.post("/wallet/card", form)["Location"] for _twice in range(2)]

    payment = Payment.objects.get()
    assert led == [f"/wallet/payments/{payment.public_id}"] * 2
    assert (payment.state, funds(ann.pk)) == ("succeeded", 1_250)


def test_a_declined_card_is_said_and_another_one_pays(stripe: StripeKeys) -> None:
    ann = make_person()
    reader = sign_in(ann)
    form = {"amount": "12.50", "unit": "CNY", "key": "kBad"}

    refused = reader.post("/wallet/card", form | {"method": make_card(stripe, BAD_CARD)})
    assert (refused.status_code, funds(ann.pk)) == (422, 0)
    assert "The bank declined it. Nothing was charged." in text_of(refused)
    assert 'value="kBad"' not in refused.content.decode()
    reader.post("/wallet/card", form | {"key": "kGood", "method": make_card(stripe)})
    assert funds(ann.pk) == 1_250


def test_a_card_whose_bank_asks_goes_on_to_its_check(stripe: StripeKeys) -> None:
    reader = sign_in(make_person())
    method = make_card(stripe, ASKING_CARD)
    form = {"amount": "12.50", "unit": "CNY", "key": "kAsk", "method": method}

    led = reader.post("/wallet/card", form)["Location"]

    payment = Payment.objects.get()
    assert led == f"/wallet/card/{payment.public_id}"
    page = reader.get(led)
    assert f'data-secret="{payment.reference}_secret_' in page.content.decode()
    assert sign_in(make_person()).get(led).status_code == 404


@pytest.mark.parametrize("asked", ["", "?amount=x&unit=CNY", "?amount=1&unit=IMP"])
def test_a_card_page_without_an_amount_leads_back(asked: str, stripe: StripeKeys) -> None:
    reader = sign_in(make_person())

    assert reader.get(f"/wallet/card{asked}")["Location"] == "/wallet"
    assert reader.post("/wallet/card", {"amount": "1", "unit": "CNY"})["Location"] == "/wallet"


def test_too_much_is_said_on_the_card_page(stripe: StripeKeys) -> None:
    form = {"amount": "5000.01", "unit": "CNY", "key": "k", "method": "pm_1"}

    refused = sign_in(make_person()).post("/wallet/card", form)

    assert (refused.status_code, "One top-up is ¥1.00 to ¥5,000.00." in text_of(refused)) == (
        422,
        True,
    )


def test_without_a_publishable_key_there_is_no_card_page() -> None:
    assert sign_in(make_person()).get(PAGE).status_code == 404


@pytest.mark.parametrize(
    "variables",
    [
        {"MEADOW_STRIPE_KEY": "sk_live_1", "MEADOW_STRIPE_PUBLISHABLE_KEY": "sk_live_1"},
        {"MEADOW_STRIPE_KEY": "sk_live_1", "MEADOW_STRIPE_PUBLISHABLE_KEY": "pk_test_1"},
        {"MEADOW_STRIPE_PUBLISHABLE_KEY": "pk_live_1"},
        {"MEADOW_STRIPE_KEY": "sk_live_1", "MEADOW_STRIPE_SCRIPT_URL": "http://127.0.0.1/v3/"},
    ],
)
def test_keys_that_cannot_work_are_named_at_the_start(variables: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        read_payment_keys(variables, sandbox=False, production=True)
