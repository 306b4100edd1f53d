"""The weights of comments: set in versions by operators, in force for every order made afterwards."""

from typing import Any

import pytest
from django.db import IntegrityError

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.core.errors import InvalidInput
from meadow.core.transactions import transaction
from meadow.integrity.errors import WeightsChangedMeanwhile
from meadow.integrity.models import QueueTerms
from meadow.integrity.testing import ensure_terms
from meadow.notes import errors, services
from meadow.notes.models import CommentOrder, CommentWeights
from meadow.notes.services.comment_order import FIRST_WEIGHTS
from meadow.notes.testing import WHEN, make_comment, make_note

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def first() -> None:
    """The version that Meadow ships, also after a test that emptied the tables."""
    CommentWeights.objects.get_or_create(version=1, defaults={**FIRST_WEIGHTS, "created_at": WHEN})


def change(**given: Any) -> None:
    told: dict[str, Any] = {"numbers": FIRST_WEIGHTS, "note": "More talk.", "seen": 1, **given}
    services.change_comment_weights(**told, operator_id=1, now=WHEN)


def test_new_weights_hold_for_the_next_order_and_the_older_version_stays() -> None:
    ann, bo = make_person(), make_person()
    note = make_note(ann.pk)
    answered, newer = (make_comment(note, ann.pk) for _ in range(2))
    make_comment(note, bo.pk, parent=answered)

    def order() -> list[int]:
        services.order_comments(note_id=note.pk, now=WHEN)
        return list(CommentOrder.objects.latest("pk").comment_ids)

    before = order()
    change(numbers=FIRST_WEIGHTS | {"replier_points": 0})

    assert (before, order()) == ([answered.pk, newer.pk], [newer.pk, answered.pk])
    assert [(one.version, one.numbers["replier_points"]) for one in services.list_weights()] == [
        (2, 0),
        (1, 2),
    ]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"numbers": FIRST_WEIGHTS | {"doubling_hours": 0}}, errors.CommentWeightsUnusable),
        ({"numbers": FIRST_WEIGHTS | {"replier_points": 101}}, errors.CommentWeightsUnusable),
        ({"numbers": {"replier_points": 1}}, errors.CommentWeightsUnusable),
        ({"note": " "}, InvalidInput),
        ({"seen": 7}, WeightsChangedMeanwhile),
    ],
)
def test_weights_that_cannot_be_used_change_nothing(given: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        change(**given)

    assert CommentWeights.objects.count() == 1


def test_operators_set_them_by_page_and_api_and_moderators_do_not() -> None:
    operator, warden = make_person("oda", role="operator"), make_person("wim", role="moderator")
    page, api = sign_in(operator), "/api/v1/moderation/comment-weights"
    address = "/operator/comments/weights"

    refused = page.post(address, FIRST_WEIGHTS | {"seen": 1, "note": ""})
    answer = page.post(address, FIRST_WEIGHTS | {"seen": 1, "note": "Fewer.", "replier_points": 1})
    shown = page.get(address).content.decode()
    token = make_token(operator, "moderation:write", "moderation:read")
    headers = {"Authorization": f"Bearer {token}"}
    wanted = FIRST_WEIGHTS | {"note": "As before.", "seen": 2}
    answers = [
        page.post(api, wanted, content_type="application/json", headers=headers) for _ in range(2)
    ]

    assert (refused.status_code, answer.status_code) == (422, 302)
    assert "2.0 → 1.0" in shown
    assert [one.status_code for one in answers] == [201, 409]
    assert page.get(api, headers=headers).json()["versions"][0]["by"] == "oda"
    assert sign_in(warden).get(address).status_code == 403


def test_versions_of_weights_are_never_changed_or_removed() -> None:
    ensure_terms()

    for rows in (CommentWeights.objects.all(), QueueTerms.objects.all()):
        for act in (lambda rows=rows: rows.update(note="x"), rows.delete):
            with pytest.raises(IntegrityError, match="are only added"), transaction():
                act()
    assert (CommentWeights.objects.count(), QueueTerms.objects.count()) == (1, 1)
