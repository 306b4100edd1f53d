"""What accounts tells the packages below: whose picture may be seen, whose reads do not count."""

import pytest

from meadow.accounts.classifiers import find_blocked
from meadow.accounts.models import Person
from meadow.accounts.services import block_person
from meadow.accounts.testing import WHEN, make_person
from meadow.analytics import classifiers
from meadow.analytics.classifiers import Visit
from meadow.analytics.facts import Fact
from meadow.media import access
from meadow.media.testing import make_upload

pytestmark = pytest.mark.django_db


def test_a_picture_may_be_seen_while_somebody_shows_it() -> None:
    ann = make_person("ann")
    shown, unshown = (make_upload(ann.pk, purpose="avatar") for _ in range(2))
    Person.objects.filter(pk=ann.pk).update(avatar=shown)
    ids = {shown.pk, unshown.pk}

    seen = access.visible_ids(purpose="avatar", upload_ids=ids, viewer_id=None)
    Person.objects.filter(pk=ann.pk).update(is_active=False)
    seen_later = access.visible_ids(purpose="avatar", upload_ids=ids, viewer_id=None)

    assert seen == {shown.pk}
    assert seen_later == set()


def test_the_blocked_classifier_is_registered() -> None:
    assert classifiers._classifiers["blocked"] is find_blocked


@pytest.mark.parametrize("mine", [True, False])
def test_a_read_across_a_block_is_found_whoever_made_it(mine: bool) -> None:
    reader, author, other = make_person(), make_person(), make_person()
    pair = (reader.pk, author.pk) if mine else (author.pk, reader.pk)
    block_person(blocker_id=pair[0], blocked_id=pair[1], now=WHEN)
    facts = [fact("a", author.pk), fact("b", other.pk)]

    assert find_blocked(facts, visit(reader.pk)) == {"a"}
    assert find_blocked(facts, visit(0)) == set()


def fact(fact_id: str, author_id: int) -> Fact:
    return Fact(
        id=fact_id,
        kind="read",
        note_id=1,
        author_id=author_id,
        person="",
        signed_in=True,
        surface="hot",
        slot=0,
        campaign_id=0,
        arm=0,
        nonce="n",
        at=0,
        received_at=0,
        ms=1000,
    )


def visit(person_id: int) -> Visit:
    return Visit(person="", person_id=person_id, signed_in=bool(person_id))
