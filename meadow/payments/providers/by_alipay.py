"""Alipay, by the `python-alipay-sdk` client: a payer goes to Alipay's own page.

Our id is Alipay's `out_trade_no`, and a refund's its `out_request_no`: each happens once there. Amounts
travel in yuan with two digits. Every answer and message is checked with Alipay's public key (RSA2).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig
from django.utils.translation import gettext_lazy as _

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
from meadow.runtime.payment_keys import AlipayKeys

PATIENCE: Final = 20
# Alipay repeats a message for 25 hours; what it says is asked for again anyway.
REPEATS_FOR: Final = dt.timedelta(hours=26)
FINE, TRY_AGAIN = "10000", "20000"
NOT_THERE, SYSTEM = "ACQ.TRADE_NOT_EXIST", "ACQ.SYSTEM_ERROR"
OUTCOMES: Final = {
    "TRADE_SUCCESS": Outcome.SUCCEEDED,
    "TRADE_FINISHED": Outcome.SUCCEEDED,
    "TRADE_CLOSED": Outcome.FAILED,
}


class Alipay:
    """Alipay, for payers in a browser."""

    name = "alipay"
    label = _("Alipay")
    units = frozenset({"CNY"})
    takes_methods = False
    lists_charges = False

    def __init__(self, keys: AlipayKeys) -> None:
        self._app_id, self._gateway = keys.app_id, keys.gateway
        self._client = AliPay(
            appid=keys.app_id,
            app_private_key_string=keys.private_key,
            alipay_public_key_string=keys.public_key,
            sign_type="RSA2",
            config=AliPayConfig(timeout=PATIENCE),
        )
        # The client knows Alipay's own two addresses only.
        self._client._gateway = keys.gateway

    def begin(self, charge: Charge, *, now: dt.datetime) -> Begun:
        """Return the signed address of Alipay's pay page; Alipay learns of it from the payer."""
        query = self._client.api_alipay_trade_page_pay(
            subject=charge.title,
            out_trade_no=charge.payment,
            total_amount=_yuan(charge.amount),
            return_url=charge.return_url,
            notify_url=charge.notify_url,
        )
        return Begun(reference=charge.payment, pay_url=f"{self._gateway}?{query}")

    def confirm(self, reference: str, *, now: dt.datetime) -> None:
        """Do nothing: a payer decides on Alipay's page."""

    def read(self, reference: str, *, payment: str, now: dt.datetime) -> Standing:
        """Return how a trade stands; one that no payer has opened yet is not there, and waits."""
        said = self._ask(lambda: self._client.api_alipay_trade_query(out_trade_no=reference))
        if said.get("sub_code") == NOT_THERE:
            return Standing(outcome=Outcome.WAITING, amount=0, unit="CNY")
        _check(said)
        outcome = OUTCOMES.get(said["trade_status"], Outcome.WAITING)
        return Standing(
            outcome=outcome,
            amount=_fen(said["total_amount"]),
            unit="CNY",
            failure="canceled" if outcome == Outcome.FAILED else "",
        )

    def repay(self, wanted: Repayment, *, now: dt.datetime) -> Repaid:
        """Give back; asked again, Alipay says that nothing more moved, and how the first stands."""
        said = self._ask(
            lambda: self._client.api_alipay_trade_refund(
                refund_amount=_yuan(wanted.amount),
                out_trade_no=wanted.reference,
                out_request_no=wanted.refund,
            )
        )
        try:
            _check(said)
        except ProviderRefused as refused:
            reason = str(refused.params["reason"])
            return Repaid(reference="", outcome=Outcome.FAILED, failure=reason)
        if said.get("fund_change") == "Y":
            return Repaid(reference=wanted.refund, outcome=Outcome.SUCCEEDED)
        found = self._ask(
            lambda: self._client.api_alipay_trade_fastpay_refund_query(
                out_request_no=wanted.refund, out_trade_no=wanted.reference
            )
        )
        _check(found)
        done = found.get("refund_status") == "REFUND_SUCCESS"
        outcome = Outcome.SUCCEEDED if done else Outcome.WAITING
        return Repaid(reference=wanted.refund, outcome=outcome)

    def verify(self, body: bytes, headers: Mapping[str, str], *, now: dt.datetime) -> News:
        """Return the news in a form that Alipay has signed for our app."""
        try:
            told = dict(parse_qsl(body.decode(), keep_blank_values=True))
            signature = told.pop("sign")
            genuine = self._client.verify(dict(told), signature)
        except (AliPayException, KeyError, ValueError) as forged:
            raise WebhookForged from forged
        if not genuine or told.get("app_id") != self._app_id:
            raise WebhookForged
        try:
            # Alipay writes the time of Beijing.
            spelt = f"{told['notify_time']} +0800"
            sent = dt.datetime.strptime(spelt, "%Y-%m-%d %H:%M:%S %z")
            check_fresh(sent.timestamp(), now=now, tolerance=REPEATS_FOR)
            return News(
                event=told["notify_id"],
                kind=told.get("trade_status", ""),
                payment=told["out_trade_no"],
            )
        except (KeyError, ValueError) as broken:
            raise WebhookUnreadable from broken

    def list_charges(self, *, since: dt.datetime, until: dt.datetime) -> Iterator[Listed]:
        """List nothing: Alipay offers a file a day, which is not read here."""
        return iter(())

    def _ask(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Return a checked answer, or the refusal that comes unsigned. Raises ProviderAway."""
        try:
            answer: dict[str, Any] = call()
        except AliPayValidationError as forged:
            raise ProviderAway from forged
        except AliPayException as refused:
            return _refusal(refused)
        except (OSError, ValueError) as away:
            raise ProviderAway from away
        return answer


def _refusal(refused: AliPayException) -> dict[str, Any]:
    """Return the refusal in an answer that has no signature: it books nothing, so it may be believed."""
    text = str(refused)
    try:
        told = orjson.loads(text[text.index("{") :])
    except ValueError as broken:
        raise ProviderAway from broken
    return next((one for one in told.values() if isinstance(one, dict)), {})


def _check(said: Mapping[str, Any]) -> None:
    """Raise ProviderAway or ProviderRefused for an answer that is no success."""
    if said.get("code") == FINE:
        return
    reason = said.get("sub_code") or said.get("code") or "unknown"
    if said.get("code") == TRY_AGAIN or reason == SYSTEM:
        raise ProviderAway
    raise ProviderRefused(reason=reason)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _fen(yuan: str) -> int:
    try:
        fen = Decimal(yuan).scaleb(2)
    except InvalidOperation as wrong:
        raise ProviderAway from wrong
    if fen != int(fen):
        raise ProviderAway
    return int(fen)
