"""WeChat Pay (API v3), by the `wechatpayv3` client: a payer scans a code with WeChat.

Our id is the `out_trade_no`, and a refund's the `out_refund_no`: each happens once there. Answers and
messages are checked with WeChat Pay's public key, the mode that new merchants are given.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
import requests
from django.utils.translation import gettext_lazy as _
from wechatpayv3 import WeChatPay, WeChatPayType

from meadow.payments.errors import (
    ProviderAway,
    ProviderRefused,
    WebhookForged,
    WebhookUnreadable,
)
from meadow.payments.providers.port import (
    Begun,
    Charge,
    Listed,
    News,
    Outcome,
    Repaid,
    Repayment,
    Standing,
)
from meadow.payments.providers.signing import check_fresh
from meadow.runtime.payment_keys import WeChatKeys

PATIENCE: Final = (5, 20)
NOT_THERE: Final = "ORDER_NOT_EXIST"
TRADES: Final = {
    "SUCCESS": Outcome.SUCCEEDED,
    # Given back in part or whole: it came in first.
    "REFUND": Outcome.SUCCEEDED,
    "CLOSED": Outcome.FAILED,
    "REVOKED": Outcome.FAILED,
    "PAYERROR": Outcome.FAILED,
}
REFUNDS: Final = {"SUCCESS": Outcome.SUCCEEDED, "CLOSED": Outcome.FAILED}


class WeChat:
    """WeChat Pay, by a code to scan."""

    name = "wechat"
    label = _("WeChat Pay")
    units = frozenset({"CNY"})
    takes_methods = False
    lists_charges = False

    def __init__(self, keys: WeChatKeys) -> None:
        self._key_id = keys.public_key_id
        self._client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=keys.merchant_id,
            private_key=keys.private_key,
            cert_serial_no=keys.serial,
            apiv3_key=keys.api_key,
            appid=keys.app_id,
            public_key=keys.public_key,
            public_key_id=keys.public_key_id,
            timeout=PATIENCE,
        )
        # The client knows WeChat Pay's own address only.
        self._client._core._gate_way = keys.api

    def begin(self, charge: Charge, *, now: dt.datetime) -> Begun:
        """Order a code to scan; the same order again is the same there."""
        said = self._ask(
            lambda: self._client.pay(
                description=charge.title,
                out_trade_no=charge.payment,
                amount={"total": charge.amount, "currency": charge.unit},
                notify_url=charge.notify_url,
            )
        )
        return Begun(reference=charge.payment, pay_url=_take(said, "code_url"))

    def confirm(self, reference: str, *, now: dt.datetime) -> None:
        """Do nothing: a payer decides in WeChat."""

    def read(self, reference: str, *, payment: str, now: dt.datetime) -> Standing:
        """Return how an order stands."""
        try:
            said = self._ask(lambda: self._client.query(out_trade_no=reference))
        except ProviderRefused as refused:
            if refused.params["reason"] == NOT_THERE:
                return Standing(outcome=Outcome.WAITING, amount=0, unit="CNY")
            raise
        outcome = TRADES.get(_take(said, "trade_state"), Outcome.WAITING)
        amount = said.get("amount") or {}
        return Standing(
            outcome=outcome,
            amount=int(amount.get("total", 0)),
            unit=str(amount.get("currency", "CNY")),
            failure="canceled" if outcome == Outcome.FAILED else "",
        )

    def repay(self, wanted: Repayment, *, now: dt.datetime) -> Repaid:
        """Give back; the same refund again says how the first stands."""
        try:
            said = self._ask(
                lambda: self._client.refund(
                    out_refund_no=wanted.refund,
                    out_trade_no=wanted.reference,
                    amount={
                        "refund": wanted.amount,
                        "total": wanted.total,
                        "currency": wanted.unit,
                    },
                )
            )
        except ProviderRefused as refused:
            reason = str(refused.params["reason"])
            return Repaid(reference="", outcome=Outcome.FAILED, failure=reason)
        outcome = REFUNDS.get(_take(said, "status"), Outcome.WAITING)
        return Repaid(reference=str(said.get("refund_id", wanted.refund)), outcome=outcome)

    def verify(self, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> News:
        """Return the news in a message that WeChat Pay has signed and encrypted for us."""
        stamp = headers.get("Wechatpay-Timestamp", "")
        # Of another key the client would ask WeChat Pay, once for each forged message.
        if headers.get("Wechatpay-Serial") != self._key_id or not stamp.isdecimal():
            raise WebhookForged
        try:
            told = self._client.callback(headers, body)
        except Exception as forged:  # the client raises nothing more special
            raise WebhookForged from forged
        if not told:
            raise WebhookForged
        check_fresh(int(stamp), now=now)
        try:
            about = told["resource"]
            return News(event=told["id"], kind=told["event_type"], payment=about["out_trade_no"])
        except (KeyError, TypeError) as broken:
            raise WebhookUnreadable from broken

    def list_charges(self, *, since: dt.datetime, until: dt.datetime) -> Iterator[Listed]:
        """List nothing: WeChat Pay offers a file a day, which is not read here."""
        return iter(())

    def _ask(self, call: Callable[[], tuple[int, Any]]) -> dict[str, Any]:
        """Return a checked answer. Raises ProviderAway, ProviderRefused."""
        try:
            status, text = call()
        except requests.RequestException as away:
            raise ProviderAway from away
        except Exception as forged:  # an answer without a good signature is no answer
            raise ProviderAway from forged
        try:
            said: dict[str, Any] = orjson.loads(text or b"{}")
        except ValueError as broken:
            raise ProviderAway from broken
        if status >= 500 or status == 429:
            raise ProviderAway
        if status >= 400:
            raise ProviderRefused(reason=said.get("code", status))
        return said


def _take(said: Mapping[str, Any], name: str) -> str:
    """Return a field that a good answer always has. Raises ProviderAway."""
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderAway
    return value
