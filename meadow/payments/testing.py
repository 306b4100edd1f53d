"""Factories for tests: settings with providers on, a Stripe that is not one, and payments that came in."""

import contextlib
import datetime as dt
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

import stripe

from meadow.payments.models import TopUpBounds
from meadow.payments.providers.by_stripe import HEADER
from meadow.payments.records import PaymentRecord
from meadow.payments.services import look_at_payment, top_up
from meadow.payments.services.playing import play
from meadow.runtime.payment_keys import PaymentKeys, StripeKeys
from meadow.runtime.processes import free_port
from meadow.runtime.testing import wait_for_answer

WHEN: Final = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
SITE: Final = "http://testserver"
SECRET_KEY, BROWSER_KEY, SCRIPT = "sk_test_12345", "pk_test_12345", "/js.stripe.com/v3/"
# It would write its books to one file in /tmp, whoever else runs it, and has no option not to.
LOCALSTRIPE: Final = """
from localstripe import resources, server
type(resources.store).dump_to_disk = lambda store: None
server.start()
"""
WEBHOOK_SECRET: Final = "whsec_of_a_test_that_nobody_else_knows"  # noqa: S105
GOOD_CARD, BAD_CARD, ASKING_CARD = "4242424242424242", "4000000000000341", "4000002760003184"


@contextlib.contextmanager
def running_localstripe() -> Iterator[StripeKeys]:
    """Run localstripe as a process of its own, and return how to speak to it."""
    with tempfile.TemporaryDirectory(prefix="meadow-localstripe-") as folder:
        port, log = free_port(), Path(folder) / "log"
        with log.open("wb") as output:
            command = [sys.executable, "-c", LOCALSTRIPE, "--from-scratch", "--port", str(port)]
            process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for_answer(f"{address}/js.stripe.com/v3/", process=process, log=log, seconds=30)
            with _serving(type("Front", (_Front,), {"behind": address})) as front:
                yield StripeKeys(
                    key=SECRET_KEY,
                    webhook_secret=WEBHOOK_SECRET,
                    api=front,
                    publishable=BROWSER_KEY,
                    script=f"{front}{SCRIPT}",
                )
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# What Stripe's script has and localstripe's lacks: a payment method for a card that was typed.
_CREATE_METHOD = b"""
(() => {
  const bare = Stripe;
  Stripe = (key) => Object.assign(bare(key), {
    createPaymentMethod: async ({ card }) => {
      const body = new URLSearchParams({ key, type: "card" });
      for (const [name, typed] of Object.entries(card.value?.card ?? {})) body.set(`card[${name}]`, typed);
      const answer = await fetch(`${LOCALSTRIPE_BASE_API}/v1/payment_methods`, { method: "POST", body });
      const said = await answer.json();
      return said.error ? { error: said.error } : { paymentMethod: said };
    },
  });
})();
"""


class _Front(BaseHTTPRequestHandler):
    """Stands before localstripe: leaves out what that does not know, and adds what its script lacks."""

    behind = ""
    unknown = ("automatic_payment_methods[", "created[", "expand[")

    def do_GET(self) -> None:
        path, _mark, query = self.path.partition("?")
        self._pass_on(f"{path}?{self._known(query)}", None)

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_form = "urlencoded" in self.headers.get("Content-Type", "")
        self._pass_on(self.path, (self._known(form) if is_form else form).encode())

    def _known(self, form: str) -> str:
        fields = parse_qsl(form, keep_blank_values=True)
        known = [one for one in fields if not one[0].startswith(self.unknown)]
        return urlencode([one for one in known if one != ("key", BROWSER_KEY)])

    def _pass_on(self, path: str, body: bytes | None) -> None:
        # A browser has the publishable key only, which localstripe takes for some calls.
        headers = {"Authorization": self.headers.get("Authorization", f"Bearer {SECRET_KEY}")}
        request = urllib.request.Request(f"{self.behind}{path}", data=body, headers=headers)  # noqa: S310
        try:
            answer = urllib.request.urlopen(request, timeout=10)  # noqa: S310 - localstripe's
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            said, kind = answer.read(), answer.headers["Content-Type"]
        if self.path == SCRIPT:
            said += _CREATE_METHOD
        self.send_response(answer.status)
        self.send_header("Content-Type", kind)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *given: object) -> None:
        """Say nothing."""


def stripe_on(keys: StripeKeys) -> PaymentKeys:
    """Return settings in which Stripe can be paid by on its own page, beside play money."""
    return PaymentKeys(sandbox=True, stripe=replace(keys, publishable=""))


def make_card(keys: StripeKeys, number: str = GOOD_CARD) -> str:
    """Return the token of a card, as an app gets it from Stripe."""
    client = stripe.StripeClient(keys.key, base_addresses={"api": keys.api})
    card: stripe.params.PaymentMethodCreateParamsCard = {
        "number": number,
        "exp_month": 12,
        "exp_year": 2030,
        "cvc": "123",
    }
    return client.v1.payment_methods.create({"type": "card", "card": card}).id


def sign_news(body: bytes, *, at: dt.datetime, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """Return the header with which Stripe signs a message."""
    header = stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, int(at.timestamp())
    )
    return {HEADER: header}


def ensure_bounds() -> None:
    """Have version 1 of how much may be topped up, which Django's flush between tests empties."""
    shipped = import_module("meadow.payments.migrations.0005_limits_are_kept_as_versions").SHIPPED
    for unit, (least, most, per_day, per_month) in shipped.items():
        TopUpBounds.objects.get_or_create(
            unit=unit,
            version=1,
            defaults={
                "least": least,
                "most": most,
                "per_day": per_day,
                "per_month": per_month,
                "created_at": WHEN,
            },
        )


def begin(
    person_id: int, amount: int = 5_000, *, key: str = "one", now: dt.datetime = WHEN
) -> PaymentRecord:
    """Return a payment of play money that waits."""
    ensure_bounds()
    return top_up(
        person_id=person_id,
        amount=amount,
        unit="CNY",
        provider="sandbox",
        key=key,
        site=SITE,
        now=now,
    )


def pay(
    person_id: int, amount: int = 5_000, *, key: str = "one", now: dt.datetime = WHEN
) -> PaymentRecord:
    """Return a payment of play money that came in."""
    begun = begin(person_id, amount, key=key, now=now)
    play(reference=begun.reference, act="pay", now=now)
    return look_at_payment(public_id=begun.public_id, now=now)
