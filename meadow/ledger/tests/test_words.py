"""Money is said in words: whatever the code base can book has some, in both languages."""

from pathlib import Path

import pytest
from django.utils.translation import override

import meadow
from meadow.finance.models import Proposal
from meadow.finance.queries.sides import OWN_PURPOSES
from meadow.ledger import purposes, reasons
from meadow.ledger.tests.declared import CALLS, Declared, read_declared

ROOT = Path(meadow.__file__).parent
# They post in databases of their own, which nobody reads.
OWN_BOOKS = ("bench",)
OWN_ACCOUNTS = [
    Declared(0, kind="platform", purpose=purpose, opens=True) for purpose in OWN_PURPOSES.values()
]


# What these make as they run is chosen out of what is listed here.
CHOSEN = {
    "finance/services/deciding.py": [
        Declared(0, reason=f"finance.{kind}") for kind in Proposal.Kind.values
    ],
    "finance/services/appeals.py": OWN_ACCOUNTS,
    "finance/services/proposing.py": OWN_ACCOUNTS,
}


def everything_declared() -> list[tuple[str, Declared]]:
    """Return what every module hands to the ledger, but tests and benches."""
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).parts
        if "tests" in parts or parts[0] in OWN_BOOKS or file.name == "testing.py":
            continue
        source = file.read_text()
        if any(f"{call}(" in source for call in CALLS):
            where = "/".join(parts)
            said = read_declared(source)
            if where in CHOSEN:
                told = [one for one in said if one.reason or (one.kind and one.purpose)]
                said = [*told, *CHOSEN[where]]
            found += [(where, one) for one in said]
    return found


def lacks_words(one: Declared) -> bool:
    """Whether people would read a code, or nothing that can be told from the source."""
    if one.opens:
        return one.kind is None or not purposes.has_words(one.kind, one.purpose)
    return one.reason is None or not reasons.has_words(one.reason)


def test_all_that_can_be_booked_has_words() -> None:
    found = everything_declared()

    without = [f"{where}:{one.line} {one}" for where, one in found if lacks_words(one)]

    assert without == []
    assert ("payments/services/looking.py", "payments.top_up") in {
        (where, one.reason) for where, one in found
    }
    assert {"payments.refund_asked", "payments.refund_done", "payments.refund_back"} <= {
        one.reason for _where, one in found
    }


@pytest.mark.parametrize(
    "source",
    [
        'Draft(key="k", reason="shop.sold", legs=())',
        'Draft("k", "shop.sold", ())',
        'post(Draft(key="k", reason=f"shop.{word}", legs=()))',
        'SOLD = "shop.sold"\ndef f():\n    hold_funds(reason=SOLD)',
        'def f(word: Literal["sold"]):\n    services.reverse_transfer(reason=f"shop.{word}")',
        'def f(reason: str):\n    capture_hold(reason="payments.top_up" if x else "shop.sold")',
        'open_account(kind="merchant", purpose="sales", unit="CNY")',
        'open_account(kind=kind, purpose="wallet", unit="CNY")',
        'def f(purpose: str):\n    open_account(kind="person", purpose=purpose)',
    ],
)
def test_what_has_no_words_is_found(source: str) -> None:
    assert any(lacks_words(one) for one in read_declared(source))


@pytest.mark.usefixtures("words")
def test_words_of_reasons_and_purposes_are_there_in_both_languages() -> None:
    said = {}
    for language in ("en", "zh-hans"):
        with override(language):
            said[language] = (
                reasons.say_reason("payments.refund_done", {}),
                purposes.say_purpose("person", "wallet"),
                purposes.say_purpose("provider", "wechat"),
                purposes.say_purpose("provider", "nobody knows"),
                reasons.say_reason("nobody.knows", {}),
            )

    assert said["en"] == (
        *("Refund that has reached the payment service", "Wallet", "WeChat Pay"),
        *("nobody knows", "Transfer"),
    )
    assert said["zh-hans"] == (
        *("退款已到支付服务", "钱包", "微信支付"),
        *("nobody knows", "转账"),
    )


def test_a_sum_of_lines_has_words_that_need_no_parameters() -> None:
    assert [code for code in reasons.list_reasons() if not reasons.say_reason_together(code)] == []


def test_a_line_leads_its_owner_and_an_operator_to_what_it_is_about() -> None:
    assert reasons.link_reason("payments.top_up", "p1") == "/wallet/payments/p1"
    assert reasons.link_reason_for_operators("payments.top_up", "p1") == "/operator/payments/p1"
    assert reasons.link_reason_for_operators("payments.top_up", "") == ""
    assert reasons.link_reason_for_operators("nobody.knows", "p1") == ""


def test_nobody_takes_the_words_of_another() -> None:
    with pytest.raises(ValueError, match="registered already"):
        reasons.register("payments.top_up", reasons.Reason(lambda params: "Mine"))
    with pytest.raises(ValueError, match="registered already"):
        purposes.register("person", "wallet", purposes.Purpose("Mine"))
    with pytest.raises(ValueError, match="named already"):
        purposes.register_namer("provider", str)
