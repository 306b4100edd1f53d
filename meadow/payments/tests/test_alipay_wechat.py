"""Alipay and WeChat Pay by their clients: what they sign is theirs, what we sign is ours.

No service stands in for them, so a small server answers as their references say, signed with keys made
for the test.
"""

import base64
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.core.testing import forget_jobs
from meadow.ledger.checking import check_books
from meadow.payments.errors import ProviderAway, WebhookForged, WebhookStale
from meadow.payments.models import Payment
from meadow.payments.providers import find_provider
from meadow.payments.providers.port import News
from meadow.payments.records import PaymentRecord
from meadow.payments.services import ask_refund, look_at_payment, send_refund, top_up
from meadow.payments.testing import SITE, WHEN
from meadow.payments.tests.test_top_up import funds
from meadow.runtime.payment_keys import (
    AlipayKeys,
    PaymentKeys,
    WeChatKeys,
    read_payment_keys,
)

pytestmark = pytest.mark.django_db
# Made once: a key takes a tenth of a second.
OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
THEIRS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGERS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
API_KEY = "0123456789abcdef0123456789abcdef"
MINUTE = dt.timedelta(minutes=1)


def private(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()


def public(key: rsa.RSAPrivateKey) -> str:
    spelt = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return spelt.decode().strip()


def signed(text: str, key: rsa.RSAPrivateKey = THEIRS) -> str:
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def is_ours(text: str, signature: str) -> bool:
    OURS.public_key().verify(
        base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    return True


class Service(BaseHTTPRequestHandler):
    """Answers what a test says, signed with `key` in the way of Alipay or WeChat Pay."""

    said: dict[str, Any] = {}
    status = 200
    key = THEIRS
    asked: list[tuple[str, dict[str, Any]]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/gateway.do":
            query = dict(parse_qsl(parts.query))
            self.asked.append((query["method"], json.loads(query["biz_content"])))
            answer = json.dumps(self.said[query["method"]])
            name = query["method"].replace(".", "_") + "_response"
            return self._send(f'{{"{name}":{answer},"sign":"{signed(answer, self.key)}"}}')
        self.asked.append((parts.path, {}))
        return self._send_wechat(parts.path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(part.split("=", 1) for part in self.headers["Authorization"].split(","))
        stamp, nonce, signature = (
            fields[name].strip('"') for name in ("timestamp", "nonce_str", "signature")
        )
        assert is_ours(f"POST\n{self.path}\n{stamp}\n{nonce}\n{body}\n", signature)
        self.asked.append((self.path, json.loads(body)))
        self._send_wechat(self.path)

    def _send_wechat(self, path: str) -> None:
        body = json.dumps(self.said[path])
        stamp, nonce = str(int(WHEN.timestamp())), "n"
        self._send(
            body,
            {
                "Wechatpay-Timestamp": stamp,
                "Wechatpay-Nonce": nonce,
                "Wechatpay-Serial": "PUB_KEY_ID_1",
                "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
                "Wechatpay-Signature": signed(f"{stamp}\n{nonce}\n{body}\n", self.key),
            },
        )

    def _send(self, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(self.status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service(settings: Any) -> Iterator[type[Service]]:
    forget_jobs()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Service.said, Service.status, Service.key, Service.asked = {}, 200, THEIRS, []
    address = f"http://127.0.0.1:{server.server_port}"
    settings.PAYMENTS = PaymentKeys(
        alipay=AlipayKeys("app1", private(OURS), public(THEIRS), f"{address}/gateway.do"),
        wechat=WeChatKeys(
            merchant_id="m1",
            app_id="wx1",
            serial="4F4864EA",
            private_key=private(OURS),
            api_key=API_KEY,
            public_key=public(THEIRS),
            public_key_id="PUB_KEY_ID_1",
            api=address,
        ),
    )
    yield Service
    server.shutdown()
    server.server_close()


def begin(person_id: int, provider: str, *, now: dt.datetime = WHEN) -> PaymentRecord:
    return top_up(
        person_id=person_id,
        amount=1_250,
        unit="CNY",
        provider=provider,
        key="one",
        site=SITE,
        now=now,
    )


def give_back(payment: str, operator_id: int) -> str:
    asked = ask_refund(
        payment=payment, amount=250, key="r", note="", operator_id=operator_id, now=WHEN
    )
    return send_refund(refund=asked.public_id, now=WHEN).state


TRADE = {"code": "10000", "total_amount": "12.50"}


def test_a_payer_is_led_to_alipay_and_what_came_in_is_booked(service: type[Service]) -> None:
    ann = make_person()

    begun = begin(ann.pk, "alipay")
    query = dict(parse_qsl(urlsplit(begun.pay_url).query))
    signature = query.pop("sign")
    assert is_ours("&".join(f"{k}={v}" for k, v in sorted(query.items())), signature)
    wanted = json.loads(query["biz_content"])
    assert (wanted["out_trade_no"], wanted["total_amount"]) == (begun.public_id, "12.50")
    assert query["notify_url"] == f"{SITE}/webhooks/payments/alipay"

    query_of = "alipay.trade.query"
    not_there = {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
    for said, state in (
        (not_there, "waiting"),
        ({**TRADE, "trade_status": "WAIT_BUYER_PAY"}, "waiting"),
        ({**TRADE, "trade_status": "TRADE_SUCCESS"}, "succeeded"),
    ):
        service.said = {query_of: said}
        assert look_at_payment(public_id=begun.public_id, now=WHEN).state == state
    assert funds(ann.pk) == 1_250

    refund = "alipay.trade.refund"
    service.said = {refund: {"code": "10000", "fund_change": "Y"}}
    assert give_back(begun.public_id, ann.pk) == "succeeded"
    assert service.asked[-1][1]["refund_amount"] == "2.50"
    assert funds(ann.pk) == 1_000
    assert list(check_books()) == []


def test_a_refund_that_alipay_has_made_before_is_found_again(service: type[Service]) -> None:
    ann = make_person()
    begun = begin(ann.pk, "alipay")
    service.said = {"alipay.trade.query": {**TRADE, "trade_status": "TRADE_SUCCESS"}}
    look_at_payment(public_id=begun.public_id, now=WHEN)

    service.said = {
        "alipay.trade.refund": {"code": "10000", "fund_change": "N"},
        "alipay.trade.fastpay.refund.query": {"code": "10000", "refund_status": "REFUND_SUCCESS"},
    }

    assert give_back(begun.public_id, ann.pk) == "succeeded"


def test_a_payer_scans_a_code_and_what_came_in_is_booked(service: type[Service]) -> None:
    ann = make_person()
    native = "/v3/pay/transactions/native"
    service.said = {native: {"code_url": "weixin://wxpay/bizpayurl?pr=1"}}

    begun = begin(ann.pk, "wechat", now=clock.now())
    path, asked = service.asked[0]
    assert (path, asked["out_trade_no"]) == (native, begun.public_id)
    assert asked["amount"] == {"total": 1_250, "currency": "CNY"}

    order = f"/v3/pay/transactions/out-trade-no/{begun.public_id}"
    amount = {"total": 1_250, "currency": "CNY"}
    service.said[order] = {"trade_state": "NOTPAY", "amount": amount}
    page = sign_in(ann).get(f"/wallet/payments/{begun.public_id}").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert 'href="weixin' not in page

    service.said[order] = {"trade_state": "SUCCESS", "amount": amount}
    assert look_at_payment(public_id=begun.public_id, now=WHEN).state == "succeeded"
    service.said["/v3/refund/domestic/refunds"] = {"status": "SUCCESS", "refund_id": "w1"}
    assert give_back(begun.public_id, ann.pk) == "succeeded"
    assert service.asked[-1][1]["amount"] == {"refund": 250, "total": 1_250, "currency": "CNY"}
    assert funds(ann.pk) == 1_000
    assert list(check_books()) == []


@pytest.mark.parametrize("provider", ["alipay", "wechat"])
def test_an_answer_that_another_has_signed_books_nothing(
    service: type[Service], provider: str
) -> None:
    ann = make_person()
    service.said = {"/v3/pay/transactions/native": {"code_url": "weixin://wxpay/bizpayurl?pr=1"}}
    begun = begin(ann.pk, provider)
    service.said = {
        "alipay.trade.query": {**TRADE, "trade_status": "TRADE_SUCCESS"},
        f"/v3/pay/transactions/out-trade-no/{begun.public_id}": {
            "trade_state": "SUCCESS",
            "amount": {"total": 1_250, "currency": "CNY"},
        },
    }

    service.key = STRANGERS
    with pytest.raises(ProviderAway):
        look_at_payment(public_id=begun.public_id, now=WHEN)
    assert (Payment.objects.get().state, funds(ann.pk)) == ("waiting", 0)

    service.key = THEIRS
    assert look_at_payment(public_id=begun.public_id, now=WHEN).state == "succeeded"


def alipay_news(
    *, key: rsa.RSAPrivateKey = THEIRS, at: dt.datetime = WHEN, **changed: str
) -> tuple[bytes, dict[str, str]]:
    told = {
        "notify_id": "e1",
        "notify_time": (at + dt.timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S"),
        "app_id": "app1",
        "out_trade_no": "pOne",
        "trade_status": "TRADE_SUCCESS",
        "subject": "钱包充值 & more",
        **changed,
    }
    text = "&".join(f"{name}={value}" for name, value in sorted(told.items()))
    return urlencode({**told, "sign_type": "RSA2", "sign": signed(text, key)}).encode(), {}


def wechat_news(
    *,
    key: rsa.RSAPrivateKey = THEIRS,
    at: dt.datetime = WHEN,
    serial: str = "PUB_KEY_ID_1",
    secret: str = API_KEY,
) -> tuple[bytes, dict[str, str]]:
    about = orjson.dumps({"out_trade_no": "pOne", "trade_state": "SUCCESS"})
    sealed = AESGCM(secret.encode()).encrypt(b"nonce1234567", about, b"transaction")
    told = {
        "id": "e1",
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": "nonce1234567",
            "associated_data": "transaction",
            "ciphertext": base64.b64encode(sealed).decode(),
        },
    }
    body, stamp = json.dumps(told), str(int(at.timestamp()))
    return body.encode(), {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": "n",
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        "Wechatpay-Signature": signed(f"{stamp}\nn\n{body}\n", key),
    }


Maker = Callable[..., tuple[bytes, dict[str, str]]]
NEWS: list[tuple[str, Maker, str]] = [
    ("alipay", alipay_news, "TRADE_SUCCESS"),
    ("wechat", wechat_news, "TRANSACTION.SUCCESS"),
]


@pytest.mark.parametrize(("provider", "make", "kind"), NEWS)
def test_signed_news_is_read(service: type[Service], provider: str, make: Maker, kind: str) -> None:
    body, headers = make()

    told = find_provider(provider).verify(body, headers, now=WHEN + MINUTE)

    assert told == News(event="e1", kind=kind, payment="pOne")
    assert service.asked == []


FORGED: list[tuple[str, Maker, dict[str, Any]]] = [
    ("alipay", alipay_news, {"key": STRANGERS}),
    ("alipay", alipay_news, {"app_id": "of_another_merchant"}),
    ("wechat", wechat_news, {"key": STRANGERS}),
    ("wechat", wechat_news, {"serial": "4F4864EA"}),
    ("wechat", wechat_news, {"secret": API_KEY[::-1]}),
]


@pytest.mark.parametrize(("provider", "make", "changed"), FORGED)
def test_forged_news_is_refused_without_asking_anybody(
    service: type[Service], provider: str, make: Maker, changed: dict[str, Any]
) -> None:
    body, headers = make(**changed)

    with pytest.raises(WebhookForged):
        find_provider(provider).verify(body, headers, now=WHEN)
    assert service.asked == []


@pytest.mark.parametrize("provider", ["alipay", "wechat"])
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\xff", b"sign=%00&sign_type=RSA2", b"sign_type=RSA"]
)
def test_what_is_no_news_is_refused(service: type[Service], provider: str, body: bytes) -> None:
    with pytest.raises(WebhookForged):
        find_provider(provider).verify(body, {}, now=WHEN)


def test_stale_news_is_refused(service: type[Service]) -> None:
    for provider, make, late in (
        ("alipay", alipay_news, dt.timedelta(hours=27)),
        ("wechat", wechat_news, dt.timedelta(minutes=6)),
    ):
        body, headers = make()
        for now in (WHEN + late, WHEN - late):
            with pytest.raises(WebhookStale):
                find_provider(provider).verify(body, headers, now=now)


def test_news_with_anything_changed_is_forged(service: type[Service]) -> None:
    body, _headers = alipay_news()
    told = parse_qs(body.decode())
    told["out_trade_no"] = ["pOther"]
    changed = urlencode({name: values[0] for name, values in told.items()}).encode()
    sealed, headers = wechat_news()

    for provider, forged in (("alipay", changed), ("wechat", sealed.replace(b"e1", b"e2"))):
        with pytest.raises(WebhookForged):
            find_provider(provider).verify(forged, headers, now=WHEN)


def test_keys_come_from_the_environment_as_text_or_as_files(tmp_path: Any) -> None:
    path = tmp_path / "key.pem"
    path.write_text(private(OURS) + "\n")
    env = {
        "MEADOW_ALIPAY_APP_ID": "app1",
        "MEADOW_ALIPAY_PRIVATE_KEY": str(path),
        "MEADOW_ALIPAY_PUBLIC_KEY": public(THEIRS).replace("\n", "\\n"),
    }

    keys = read_payment_keys(env, sandbox=False, production=True)

    assert keys.alipay == AlipayKeys("app1", private(OURS), public(THEIRS))
    assert "PRIVATE KEY" not in repr(keys)
