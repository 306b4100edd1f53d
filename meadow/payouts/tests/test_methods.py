"""Payout accounts: sealed, verified by somebody else, cooled down, refused on record."""

from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.testing import make_person
from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.decisions.appeal_services import answer_appeal, open_appeal
from meadow.decisions.queries import get_decision
from meadow.decisions.reasons import describe
from meadow.notifications.models import Notification
from meadow.payouts.details import read_details
from meadow.payouts.errors import (
    DetailsUnreadable,
    MethodDecided,
    MethodMissing,
    MethodsFull,
    OwnAffair,
)
from meadow.payouts.models import PayoutMethod
from meadow.payouts.queries import list_asked_methods, list_methods
from meadow.payouts.sealing import seal, unseal
from meadow.payouts.services import (
    add_method,
    open_details,
    refuse_method,
    remove_method,
    reseal_methods,
    verify_method,
)
from meadow.payouts.testing import BANK, DAY, IBAN, WHEN, add_bank, ask, make_operator, make_payee

pytestmark = pytest.mark.django_db
PLAIN = "GB82WEST12345698765432"
OLD, NEW = "old-key-" + "x7Qz9Lm2" * 6, "new-key-" + "p4Rt8Wn1" * 6


def with_keys(settings: Any, *keys: str) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, payout_keys=keys)


def test_details_are_sealed_and_only_their_end_is_shown() -> None:
    ann = make_person()

    added = add_bank(ann.pk)

    row = PayoutMethod.objects.get()
    assert (added.last4, added.bank, added.state) == ("5432", "West Bank", "asked")
    assert PLAIN.encode() not in bytes(row.sealed)
    assert b"Ann" not in bytes(row.sealed)
    assert open_details(added.public_id) == {**BANK, "account": PLAIN}
    assert [one.kind for one in Notification.objects.all()] == ["payouts.method_added"]


def test_details_open_in_their_own_row_alone() -> None:
    sealed, key_id = seal({"account": PLAIN}, public_id="mOne")

    assert unseal(sealed, key_id=key_id, public_id="mOne") == {"account": PLAIN}
    for wrong in (
        {"sealed": sealed, "key_id": key_id, "public_id": "mTwo"},
        {"sealed": sealed, "key_id": "another", "public_id": "mOne"},
        {"sealed": sealed[:-1] + b"\0", "key_id": key_id, "public_id": "mOne"},
        {"sealed": b"", "key_id": key_id, "public_id": "mOne"},
    ):
        with pytest.raises(DetailsUnreadable):
            unseal(**wrong)  # type: ignore[arg-type]


def test_a_new_key_takes_over_and_the_old_one_can_go(settings: Any) -> None:
    ann = make_person()
    with_keys(settings, OLD)
    added = add_bank(ann.pk)

    with_keys(settings, NEW, OLD)
    assert open_details(added.public_id)["account"] == PLAIN
    assert (reseal_methods(now=WHEN), reseal_methods(now=WHEN)) == (1, 0)

    with_keys(settings, NEW)
    assert open_details(added.public_id)["account"] == PLAIN
    with_keys(settings, OLD)
    with pytest.raises(DetailsUnreadable):
        open_details(added.public_id)


def test_somebody_else_verifies_and_the_wait_counts_from_when_it_was_added() -> None:
    ann = make_person()
    ann.role = "operator"
    ann.save()
    operator = make_operator()
    asked = add_bank(ann.pk, now=WHEN)
    with pytest.raises(OwnAffair):
        verify_method(method=asked.public_id, operator_id=ann.pk, now=WHEN)

    verified = verify_method(method=asked.public_id, operator_id=operator, now=WHEN + DAY)

    assert (verified.state, verified.usable_from) == ("verified", WHEN + 3 * DAY)
    assert not verified.is_usable(WHEN + 2 * DAY)
    assert verified.is_usable(WHEN + 3 * DAY)
    with pytest.raises(MethodDecided):
        verify_method(method=asked.public_id, operator_id=operator, now=WHEN)
    with pytest.raises(IntegrityError, match="not_verified_by_its_owner"), transaction():
        PayoutMethod.objects.update(decided_by=ann.pk)


def test_a_refusal_is_on_record_and_a_granted_appeal_verifies() -> None:
    ann, operator, other = make_person(), make_operator(), make_operator()
    asked = add_bank(ann.pk, now=WHEN)

    refused = refuse_method(method=asked.public_id, operator_id=operator, why="name", now=WHEN)

    decision = get_decision(refused.decision)
    assert decision is not None
    told = describe(decision)
    assert (refused.state, told.title) == ("refused", "Your payout account was refused")
    assert told.reasons == ["The account is in another name than yours."]
    assert [one.name for one in told.inputs] == ["Payout account", "What would change it"]
    appeal = open_appeal(
        decision=refused.decision, person_id=ann.pk, words="It is my own name, married.", now=WHEN
    )
    answer_appeal(
        appeal=appeal.public_id,
        reviewer_id=other,
        upheld=True,
        words="The register says the same.",
        now=WHEN + DAY,
    )
    (method,) = list_methods(ann.pk)
    assert (method.state, method.usable_from) == ("verified", WHEN + 3 * DAY)


def test_a_removed_account_is_forgotten_once_nothing_is_on_its_way() -> None:
    ann, operator = make_person(), make_operator()
    method = make_payee(ann.pk, operator_id=operator)
    idle = add_bank(ann.pk, account="DE89370400440532013000", region="DE")
    ask(ann.pk, method)

    for one in (method, idle):
        remove_method(method=one.public_id, person_id=ann.pk, now=WHEN)

    assert list_methods(ann.pk) == list_asked_methods() == []
    assert open_details(method.public_id)["account"] == PLAIN
    with pytest.raises(MethodMissing):
        open_details(idle.public_id)


def test_the_same_account_again_is_the_same_and_there_are_at_most_five() -> None:
    ann = make_person()
    first = add_bank(ann.pk)

    assert add_bank(ann.pk, account=PLAIN).public_id == first.public_id
    for number in range(4):
        add_bank(ann.pk, account=f"12345{number}", region="CN")
    with pytest.raises(MethodsFull):
        add_bank(ann.pk, account="999999", region="CN")
    assert len(list_methods(ann.pk)) == 5


@pytest.mark.parametrize(
    ("region", "changed", "field"),
    [
        ("GB", {"account": "GB82 WEST 1234 5698 7654 33"}, "account"),
        ("DE", {"account": IBAN}, "region"),
        ("ZZ", {}, "region"),
        ("CN", {"account": "6222021234567890123"}, "account"),
        ("CN", {"account": "=1+1"}, "account"),
        ("CN", {"account": "1" * 31}, "account"),
        ("US", {"account": "12345678", "bank_code": "021000022"}, "bank_code"),
        ("GB", {"holder": " "}, "holder"),
        ("GB", {"holder": "x" * 121}, "holder"),
        ("GB", {"bank": ""}, "bank"),
    ],
)
def test_details_that_cannot_be_right_are_refused_by_field(
    region: str, changed: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_details("bank", {**BANK, **changed}, region=region)

    assert list(refused.value.fields) == [field]


def test_details_that_can_be_right_are_kept_without_blanks() -> None:
    us = {**BANK, "account": "123-456-78", "bank_code": "0210 0002 1"}

    assert read_details("bank", us, region="US")["bank_code"] == "021000021"
    assert read_details("bank", us, region="US")["account"] == "12345678"
    assert read_details("stripe", {"stripe": "acct_1MTfjCQ9PRzxEwkZ"}, region="US") == {
        "stripe": "acct_1MTfjCQ9PRzxEwkZ"
    }
    with pytest.raises(InvalidInput):
        read_details("stripe", {"stripe": "cus_12345678"}, region="US")


def test_a_nobody_s_account_is_not_there() -> None:
    ann, bob = make_person(), make_person()
    asked = add_bank(ann.pk)

    with pytest.raises(MethodMissing):
        remove_method(method=asked.public_id, person_id=bob.pk, now=WHEN)
    with pytest.raises(InvalidInput):
        add_method(
            person_id=ann.pk, kind="bank", payee_kind="person", region="GB", details={}, now=WHEN
        )
    with transaction(), pytest.raises(IntegrityError), savepoint():
        PayoutMethod.objects.update(state="verified")
