"""How large an audience is, and the audiences that buyers keep."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import connection
from pyroaring import BitMap

from meadow.core.ids import new_id
from meadow.core.transactions import transaction, transaction_required
from meadow.promotion.audiences.definition import Definition, to_json
from meadow.promotion.audiences.floor import Estimate, estimate_size
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.errors.audiences import (
    AudienceMissing,
    AudienceNameTaken,
    LookAlikeNotReady,
    TooManyAudiences,
)
from meadow.promotion.models import AudienceAnswer, SavedAudience, UploadedList
from meadow.promotion.queries.audiences import check_lists, lists_named, newest_index

MOST_SAVED: Final = 100
_ONE_AT_A_TIME: Final = (
    "SELECT pg_advisory_xact_lock(hashtextextended('promotion.answers:' || %s, 0))"
)


def estimate_audience(*, buyer_id: int, definition: Definition, now: dt.datetime) -> Estimate:
    """Return what a buyer may know of the size of an audience; everyone is always enough.

    Raises AudienceInvalid, ListMissing, LookAlikeNotReady, TooManySizes.
    """
    index = _index_for(definition, buyer_id=buyer_id)
    with transaction():
        return ask_size(index=index, buyer_id=buyer_id, definition=definition, now=now)


@transaction_required
def ask_size(
    *, index: AudienceIndex, buyer_id: int, definition: Definition, now: dt.datetime
) -> Estimate:
    """Answer one buyer at a time: a question has one noise, and the budget holds, whoever races."""
    _hold_answers(buyer_id)
    return estimate_size(index, definition=definition, buyer=str(buyer_id), book=_Book(), now=now)


def save_audience(*, person_id: int, name: str, definition: Definition, now: dt.datetime) -> str:
    """Keep an audience under a name of its own; returns its public id.

    Raises ListMissing, AudienceNameTaken, TooManyAudiences.
    """
    check_lists(definition, person_id=person_id)
    with transaction():
        _hold_answers(person_id)
        mine = SavedAudience.objects.filter(person_id=person_id)
        if mine.count() >= MOST_SAVED:
            raise TooManyAudiences(most=MOST_SAVED)
        if mine.filter(name=name).exists():
            raise AudienceNameTaken
        kept = SavedAudience.objects.create(
            public_id=new_id("d"),
            person_id=person_id,
            name=name,
            definition=to_json(definition),
            saved_at=now,
        )
    return kept.public_id


def change_audience(
    *, person_id: int, public_id: str, name: str, definition: Definition, now: dt.datetime
) -> None:
    """Give a saved audience another name or other people; orders keep what they were placed with.

    Raises AudienceMissing, ListMissing, AudienceNameTaken.
    """
    check_lists(definition, person_id=person_id)
    with transaction():
        _hold_answers(person_id)
        mine = SavedAudience.objects.filter(person_id=person_id)
        if mine.filter(name=name).exclude(public_id=public_id).exists():
            raise AudienceNameTaken
        changed = mine.filter(public_id=public_id).update(
            name=name, definition=to_json(definition), saved_at=now
        )
        if not changed:
            raise AudienceMissing


def delete_audience(*, person_id: int, public_id: str) -> None:
    """Forget a saved audience; orders placed with it go on. Raises AudienceMissing."""
    with transaction():
        gone, _kinds = SavedAudience.objects.filter(
            person_id=person_id, public_id=public_id
        ).delete()
        if not gone:
            raise AudienceMissing


@transaction_required
def _hold_answers(buyer_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [str(buyer_id)])


def _index_for(definition: Definition, *, buyer_id: int) -> AudienceIndex:
    """Return the index by the values an audience names, with the buyer's lists as they are now."""
    check_lists(definition, person_id=buyer_id)
    index = newest_index()
    segments = {
        (term.dimension, value): index.of(term.dimension, value)
        for term in definition.terms()
        for value in term.values
    }
    for dimension, value in segments:
        # An answer stands for a day, so none is given before there is anything to count.
        if dimension == "look_alike" and (dimension, value) not in index.segments:
            raise LookAlikeNotReady
    found = AudienceIndex(index.present, index.may_be_targeted, segments)
    named = lists_named(definition)
    if named:
        rows = UploadedList.objects.filter(person_id=buyer_id, public_id__in=named)
        for public_id, matched in rows.values_list("public_id", "matched"):
            people = BitMap.deserialize(bytes(matched))
            found.fill(dimension="list", value=public_id, people=people)
    return found


@dataclass(frozen=True, slots=True)
class _Book:
    """What was answered, in PostgreSQL (`audiences.floor.AnswerBook`)."""

    def find(self, *, buyer: str, question: str, since: dt.datetime) -> int | None:
        """Return the answer given to this question at `since` or later."""
        found = AudienceAnswer.objects.filter(buyer_id=int(buyer), question=question, at__gte=since)
        return found.order_by("-at").values_list("answer", flat=True).first()

    def given(self, *, buyer: str, since: dt.datetime) -> list[dt.datetime]:
        """Return when this buyer got each answer since then, oldest first."""
        found = AudienceAnswer.objects.filter(buyer_id=int(buyer), at__gte=since)
        return list(found.order_by("at").values_list("at", flat=True))

    def keep(self, *, buyer: str, question: str, answer: int, at: dt.datetime) -> None:
        """Keep an answer."""
        AudienceAnswer.objects.create(buyer_id=int(buyer), question=question, answer=answer, at=at)
