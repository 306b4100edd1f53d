"""What the outside says about payment providers: keys and addresses, from variables and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from meadow.runtime.errors import Misconfigured

STRIPE_API: Final = "https://api.stripe.com"
STRIPE_SCRIPT: Final = "https://js.stripe.com/v3/"
ALIPAY_GATEWAY: Final = "https://openapi.alipay.com/gateway.do"
WECHAT_API: Final = "https://api.mch.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """How to speak to Stripe; an empty key means that it is off.

    With a `publishable` key cards are typed into our page, in fields of Stripe's `script`.
    """

    key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    api: str = STRIPE_API
    publishable: str = ""
    script: str = STRIPE_SCRIPT


@dataclass(frozen=True, slots=True)
class AlipayKeys:
    """How to speak to Alipay: our private key and its public one, as PEM; no app id: it is off."""

    app_id: str = ""
    private_key: str = field(default="", repr=False)
    public_key: str = field(default="", repr=False)
    gateway: str = ALIPAY_GATEWAY


@dataclass(frozen=True, slots=True)
class WeChatKeys:
    """How to speak to WeChat Pay in its public-key mode; no merchant id: it is off."""

    merchant_id: str = ""
    app_id: str = ""
    serial: str = ""
    private_key: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    public_key: str = field(default="", repr=False)
    public_key_id: str = ""
    api: str = WECHAT_API


@dataclass(frozen=True, slots=True)
class PaymentKeys:
    """Which providers are on; secrets never reach a log, because they are left out of `repr`."""

    sandbox: bool = False
    stripe: StripeKeys = field(default_factory=StripeKeys)
    alipay: AlipayKeys = field(default_factory=AlipayKeys)
    wechat: WeChatKeys = field(default_factory=WeChatKeys)


def read_payment_keys(env: Mapping[str, str], *, sandbox: bool, production: bool) -> PaymentKeys:
    """Return what MEADOW_STRIPE_… and the like say. Raises Misconfigured.

    `sandbox` is what MEADOW_SANDBOX_PAYMENTS says.
    """
    return PaymentKeys(
        sandbox=sandbox,
        stripe=_read_stripe(env, production=production),
        alipay=_read_alipay(env, production=production),
        wechat=_read_wechat(env),
    )


def _read_alipay(env: Mapping[str, str], *, production: bool) -> AlipayKeys:
    app_id = env.get("MEADOW_ALIPAY_APP_ID", "")
    if not app_id:
        return AlipayKeys()
    gateway = env.get("MEADOW_ALIPAY_URL") or ALIPAY_GATEWAY
    if production and gateway != ALIPAY_GATEWAY:
        raise Misconfigured(
            f"MEADOW_ALIPAY_URL is {gateway!r}: people would be credited for money that never came.",
            mend="leave the variable out, so that Alipay itself is asked",
        )
    return AlipayKeys(
        app_id=app_id,
        private_key=_read_pem(env, "MEADOW_ALIPAY_PRIVATE_KEY"),
        public_key=_read_pem(env, "MEADOW_ALIPAY_PUBLIC_KEY"),
        gateway=gateway,
    )


def _read_wechat(env: Mapping[str, str]) -> WeChatKeys:
    merchant_id = env.get("MEADOW_WECHAT_MERCHANT_ID", "")
    if not merchant_id:
        return WeChatKeys()
    names = ("APP_ID", "SERIAL", "API_KEY", "PUBLIC_KEY_ID")
    app_id, serial, api_key, key_id = (_demand(env, f"MEADOW_WECHAT_{one}") for one in names)
    if len(api_key) != 32:
        raise Misconfigured(
            f"MEADOW_WECHAT_API_KEY has {len(api_key)} characters; WeChat Pay's v3 keys have 32.",
            mend="take the APIv3 key that was set in WeChat Pay's merchant platform",
        )
    return WeChatKeys(
        merchant_id=merchant_id,
        app_id=app_id,
        serial=serial,
        private_key=_read_pem(env, "MEADOW_WECHAT_PRIVATE_KEY"),
        api_key=api_key,
        public_key=_read_pem(env, "MEADOW_WECHAT_PUBLIC_KEY"),
        public_key_id=key_id,
    )


def _demand(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise Misconfigured(f"{name} is not set.", mend="docs/payments.md says where it comes from")
    return value


def _read_pem(env: Mapping[str, str], name: str) -> str:
    """Return a key: the variable is its text, or the path of the file that holds it."""
    value = _demand(env, name)
    try:
        text = Path(value).read_text() if value.startswith("/") else value
    except OSError as missing:
        raise Misconfigured(
            f"{name} names {value}, which cannot be read.", mend="check the path and its mode"
        ) from missing
    if "-----BEGIN" not in text:
        raise Misconfigured(
            f"{name} is not a key in PEM form.",
            mend="give it with its lines -----BEGIN … and -----END …, or the path of such a file",
        )
    return text.replace("\\n", "\n").strip()


def _read_stripe(env: Mapping[str, str], *, production: bool) -> StripeKeys:
    key = env.get("MEADOW_STRIPE_KEY", "")
    if key and not key.startswith(("sk_", "rk_")):
        raise Misconfigured(
            "MEADOW_STRIPE_KEY is not a secret key of Stripe.",
            mend="take the key that begins with sk_ or rk_ from Stripe's dashboard, under API keys",
        )
    if production and key.startswith(("sk_test_", "rk_test_")):
        raise Misconfigured(
            "MEADOW_STRIPE_KEY is a test key: people would be credited for money that never came.",
            mend="take the live key from Stripe's dashboard, or leave the variable out",
        )
    publishable = env.get("MEADOW_STRIPE_PUBLISHABLE_KEY", "")
    if publishable and not publishable.startswith("pk_"):
        raise Misconfigured(
            "MEADOW_STRIPE_PUBLISHABLE_KEY is not a publishable key of Stripe.",
            mend="take the key that begins with pk_ from Stripe's dashboard: every browser reads it",
        )
    if publishable and not key:
        raise Misconfigured(
            "MEADOW_STRIPE_PUBLISHABLE_KEY is set, and MEADOW_STRIPE_KEY is not.",
            mend="set the secret key of the same account too, or leave both out",
        )
    if production and publishable.startswith("pk_test_"):
        raise Misconfigured(
            "MEADOW_STRIPE_PUBLISHABLE_KEY is a test key: no card would work.",
            mend="take the live key from Stripe's dashboard, or leave the variable out",
        )
    api = env.get("MEADOW_STRIPE_URL") or STRIPE_API
    script = env.get("MEADOW_STRIPE_SCRIPT_URL") or STRIPE_SCRIPT
    for name, address in (("MEADOW_STRIPE_URL", api), ("MEADOW_STRIPE_SCRIPT_URL", script)):
        if production and urlsplit(address).scheme != "https":
            raise Misconfigured(
                f"{name} is {address!r}: keys and cards would travel in the open.",
                mend="leave the variable out, so that Stripe itself is asked",
            )
    return StripeKeys(
        key=key,
        webhook_secret=env.get("MEADOW_STRIPE_WEBHOOK_SECRET", ""),
        api=api.rstrip("/"),
        publishable=publishable,
        script=script,
    )
