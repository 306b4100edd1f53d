"""The providers that are on, by the settings."""

from collections.abc import Mapping
from functools import cache

from django.conf import settings

from meadow.payments.errors import ProviderMissing
from meadow.payments.providers.by_alipay import Alipay
from meadow.payments.providers.by_sandbox import Sandbox
from meadow.payments.providers.by_stripe import Stripe
from meadow.payments.providers.by_wechat import WeChat
from meadow.payments.providers.port import Provider
from meadow.runtime.payment_keys import PaymentKeys

__all__ = ["find_provider", "has_card_page", "list_providers", "name_provider"]

_LABELS = {one.name: one.label for one in (Stripe, Alipay, WeChat, Sandbox)}


def list_providers() -> list[Provider]:
    """Return the providers that can be paid by now, in the order in which they are offered."""
    return list(_providers(settings.PAYMENTS, settings.PRODUCTION).values())


def find_provider(name: str) -> Provider:
    """Return a provider that is on. Raises ProviderMissing."""
    try:
        return _providers(settings.PAYMENTS, settings.PRODUCTION)[name]
    except KeyError:
        raise ProviderMissing from None


def name_provider(name: str) -> str:
    """Return what people call a provider, also one that is off; its name where nobody knows it."""
    return str(_LABELS.get(name, name))


def has_card_page() -> bool:
    """Whether a card is typed into our own page, in fields of Stripe's."""
    return bool(settings.PAYMENTS.stripe.key and settings.PAYMENTS.stripe.publishable)


@cache
def _providers(keys: PaymentKeys, production: bool) -> Mapping[str, Provider]:
    found: list[Provider] = []
    if keys.stripe.key:
        found.append(Stripe(keys.stripe))
    if keys.alipay.app_id:
        found.append(Alipay(keys.alipay))
    if keys.wechat.merchant_id:
        found.append(WeChat(keys.wechat))
    # Whatever else the settings say: play money never buys anything real.
    if keys.sandbox and not production:
        found.append(Sandbox())
    return {one.name: one for one in found}
