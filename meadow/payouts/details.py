"""The details of a payout account: what is asked for, and which of it cannot be right."""

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from stdnum import iban, luhn
from stdnum.us import rtn

from meadow.accounts.regions import is_region
from meadow.core.errors import InvalidInput

LONGEST: Final = {"holder": 120, "bank": 80, "bank_code": 20, "account": 34, "stripe": 60}
_STRIPE: Final = re.compile(r"acct_[A-Za-z0-9]{8,50}")
_LOOKS_LIKE_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
_FIGURES: Final = re.compile(r"\d{5,30}")


def read_details(kind: str, given: Mapping[str, str], *, region: str) -> dict[str, str]:
    """Return details as they are kept, without blanks in numbers. Raises InvalidInput by field."""
    cleaned = {name: " ".join(value.split()) for name, value in given.items()}
    faults: dict[str, list[str]] = {}
    if not is_region(region):
        faults["region"] = [_("Choose the country or region of the account.")]
    for name, value in cleaned.items():
        if len(value) > LONGEST.get(name, 0):
            faults[name] = [_("This is longer than such details are.")]
    if kind == "stripe":
        kept = {"stripe": cleaned.get("stripe", "")}
        if not _STRIPE.fullmatch(kept["stripe"]):
            faults["stripe"] = [_("A connected account begins with acct_.")]
    else:
        kept = _read_bank(cleaned, region, faults)
    if faults:
        raise InvalidInput(fields=faults)
    return kept


def last4_of(details: Mapping[str, str]) -> str:
    """Return the last four characters of what is paid to."""
    return (details.get("account") or details.get("stripe") or "")[-4:]


def _read_bank(
    cleaned: Mapping[str, str], region: str, faults: dict[str, list[str]]
) -> dict[str, str]:
    """Return what is kept of a bank account, and note what is wrong with it."""
    account = re.sub(r"[\s-]", "", cleaned.get("account", "")).upper()
    code = re.sub(r"[\s-]", "", cleaned.get("bank_code", "")).upper()
    if not cleaned.get("holder"):
        faults.setdefault("holder", [_("Write the name that the account is in.")])
    if not cleaned.get("bank"):
        faults.setdefault("bank", [_("Write the name of the bank.")])
    if _LOOKS_LIKE_IBAN.fullmatch(account):
        if not iban.is_valid(account):
            faults["account"] = [_("This IBAN has a mistake in it. Compare it with your bank's.")]
        elif account[:2] != region:
            faults["region"] = [_("The IBAN is of another country or region than this.")]
    elif not _FIGURES.fullmatch(account):
        faults["account"] = [_("Write the account number in figures, or an IBAN.")]
    elif len(account) == 19 and account.startswith("62") and not luhn.is_valid(account):
        # What UnionPay cards end in; other account numbers have no check digit that all banks share.
        faults["account"] = [_("This card number has a mistake in it. Compare it with your card.")]
    if code and not code.isalnum():
        faults["bank_code"] = [_("A bank code has letters and figures only.")]
    if region == "US" and not rtn.is_valid(code):
        faults["bank_code"] = [_("Write the nine figures of the bank's routing number.")]
    return {
        "holder": cleaned.get("holder", ""),
        "bank": cleaned.get("bank", ""),
        "bank_code": code,
        "account": account,
    }
