"""The weights of the queue: set in versions by operators, in force for what comes and what waits."""

import datetime as dt

import pytest

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.errors import InvalidInput
from meadow.integrity.errors import WeightsChangedMeanwhile, WeightsUnusable
from meadow.integrity.models import Inquiry, QueueTerms
from meadow.integrity.moderation import reporting, weights
from meadow.integrity.moderation.weighing import FIRST_TERMS, terms_in_force
from meadow.integrity.testing import ensure_terms, make_inquiry

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
NUMBERS = {name: value for name, value in FIRST_TERMS.items() if name != "severity"}
SEVERITY = FIRST_TERMS["severity"]


def change(**given: object) -> None:
    told = {"severity": SEVERITY, "numbers": NUMBERS, "note": "More spam.", "seen": 1} | given
    weights.change_weights(**told, operator_id=1, now=NOW)


def test_new_weights_order_what_waits_and_the_older_version_stays() -> None:
    ensure_terms()
    ann, ben = make_person("ann"), make_person("ben")
    inquiry = make_inquiry(ann.public_id, reporter_id=ben.pk, kind="person")
    assert Inquiry.objects.get(public_id=inquiry).priority == 30

    change(severity=SEVERITY | {"spam": 80}, numbers=NUMBERS | {"people": 0})

    assert terms_in_force().version == 2
    reporting.weigh_open(now=NOW)
    assert Inquiry.objects.get(public_id=inquiry).priority == 80
    versions = weights.list_versions()
    assert [(one.terms.version, one.terms.severity["spam"]) for one in versions] == [
        (2, 80),
        (1, 20),
    ]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"severity": SEVERITY | {"spam": 1001}}, WeightsUnusable),
        ({"severity": {"spam": 1}}, WeightsUnusable),
        ({"numbers": NUMBERS | {"claim_minutes": 0}}, WeightsUnusable),
        ({"numbers": NUMBERS | {"appeal_days": 13}}, WeightsUnusable),
        ({"note": " "}, InvalidInput),
        ({"seen": 7}, WeightsChangedMeanwhile),
    ],
)
def test_weights_that_cannot_be_used_change_nothing(
    given: dict[str, object], refusal: type[Exception]
) -> None:
    ensure_terms()

    with pytest.raises(refusal):
        change(**given)

    assert QueueTerms.objects.count() == 1


def test_operators_set_them_by_page_and_api_and_moderators_do_not() -> None:
    ensure_terms()
    operator = make_person("oda", role="operator")
    warden = make_person("warden", role="moderator")
    page = sign_in(operator)
    fields = {f"severity_{code}": value for code, value in SEVERITY.items()} | NUMBERS

    refused = page.post("/operator/reports/weights", fields | {"seen": 1, "note": "", "reach": 101})
    assert refused.status_code == 422
    answer = page.post(
        "/operator/reports/weights", fields | {"seen": 1, "note": "Fewer.", "reach": 2}
    )

    assert answer.status_code == 302
    assert "5 → 2" in page.get("/operator/reports/weights").content.decode().replace("5.0", "5")
    token = {
        "Authorization": f"Bearer {make_token(operator, 'moderation:write', 'moderation:read')}"
    }
    wanted = {"severity": SEVERITY, **NUMBERS, "note": "As before.", "seen": 2}
    api = "/api/v1/moderation/weights"
    assert page.post(api, wanted, content_type="application/json", headers=token).status_code == 201
    stale = page.post(api, wanted, content_type="application/json", headers=token)
    assert (stale.status_code, stale.json()["code"]) == (409, "integrity.weights_changed_meanwhile")
    assert page.get(api, headers=token).json()["versions"][0]["note"] == "As before."
    assert sign_in(warden).get("/operator/reports/weights").status_code == 403
    assert sign_in(warden).get(api).status_code == 403
