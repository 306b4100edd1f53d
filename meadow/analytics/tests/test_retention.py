"""How long facts are kept is a table that operators can read."""

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError

from meadow.accounts.testing import sign_in
from meadow.analytics.facts import KINDS
from meadow.analytics.models import RetentionRule
from meadow.analytics.queries import get_retention
from meadow.core.transactions import transaction

pytestmark = pytest.mark.django_db


def test_every_kind_has_a_rule_and_only_searches_go() -> None:
    assert set(RetentionRule.objects.values_list("kind", flat=True)) == KINDS
    assert get_retention() == dict.fromkeys(KINDS) | {"search": 90}


def test_a_kind_without_a_rule_is_kept_and_an_unknown_rule_is_left_out() -> None:
    RetentionRule.objects.filter(kind="dwell").delete()
    RetentionRule.objects.filter(kind="click").update(keep_days=400)
    RetentionRule.objects.create(kind="hum", keep_days=1)

    kept = get_retention()

    assert (kept["dwell"], kept["click"]) == (None, 400)
    assert "hum" not in kept


def test_nothing_is_kept_for_no_day_at_all() -> None:
    with pytest.raises(IntegrityError, match="facts_are_kept_a_day_at_least"), transaction():
        RetentionRule.objects.filter(kind="click").update(keep_days=0)

    assert get_retention()["click"] is None


def test_operators_read_the_rules_and_others_do_not() -> None:
    people = get_user_model().objects
    path = "/api/v1/retention"

    operator = sign_in(people.create_user("warden", role="operator")).get(path)
    member = sign_in(people.create_user("member")).get(path)

    assert {"kind": "search", "keep_days": 90} in operator.json()
    assert {"kind": "read", "keep_days": None} in operator.json()
    assert len(operator.json()) == len(KINDS)
    assert (member.status_code, member.json()["code"]) == (403, "permission_denied")
