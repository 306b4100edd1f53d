"""A buyer is told sizes as the floor says, one buyer at a time, and keeps audiences of their own."""

import datetime as dt
from typing import Any

import pytest
from django.utils.translation import override
from pyroaring import BitMap

from meadow.accounts.testing import make_person
from meadow.core.testing import race, together
from meadow.promotion.audiences import floor
from meadow.promotion.audiences.definition import from_json
from meadow.promotion.audiences.errors import TooManySizes
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.errors.audiences import (
    AudienceMissing,
    AudienceNameTaken,
    ListMissing,
    LookAlikeNotReady,
    TooManyAudiences,
    TooYoungForProfile,
)
from meadow.promotion.models import AdChoice, AudienceAnswer, SavedAudience
from meadow.promotion.queries.audiences import (
    find_saved,
    get_ad_standing,
    list_saved,
    newest_index,
    words_of,
)
from meadow.promotion.services import audiences as services
from meadow.promotion.services.choices import choose_promoted, end_choice_if_too_young
from meadow.promotion.testing import make_list, make_snapshot

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TEA = {"in": "interest", "values": ["tea"]}


def world(people: int = 8_000) -> AudienceIndex:
    index = AudienceIndex(BitMap(range(people)), BitMap(range(people)))
    index.fill(dimension="interest", value="tea", people=range(people // 2))
    return index


@pytest.mark.django_db
def test_a_size_is_answered_once_a_question_and_kept() -> None:
    buyer = make_person()
    make_snapshot(world(), now=NOW)
    definition = from_json(TEA)

    told = services.estimate_audience(buyer_id=buyer.pk, definition=definition, now=NOW)
    again = services.estimate_audience(
        buyer_id=buyer.pk, definition=definition, now=NOW + dt.timedelta(hours=23)
    )

    assert told == again
    assert told.enough
    assert told.about is not None
    assert 3_500 <= told.about <= 4_500
    kept = AudienceAnswer.objects.get()
    assert (kept.buyer_id, kept.at) == (buyer.pk, NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("people", [0, 12, 900])
def test_everyone_is_enough_in_however_small_a_community(people: int) -> None:
    buyer = make_person()
    make_snapshot(world(people), now=NOW)

    told = services.estimate_audience(buyer_id=buyer.pk, definition=from_json({"all": []}), now=NOW)

    assert told.enough
    assert told.about is not None
    assert told.about >= 100
    assert told.low is not None
    assert told.low >= 0


@pytest.mark.django_db
def test_a_list_is_counted_as_soon_as_it_is_there_and_a_look_alike_once_it_is_found() -> None:
    buyer = make_person()
    index = world()
    mine = make_list(buyer, range(4_000, 8_000))
    like = from_json({"in": "look_alike", "values": [f"{mine.public_id}:5"]})
    make_snapshot(index, now=NOW)

    told = services.estimate_audience(
        buyer_id=buyer.pk,
        definition=from_json({"in": "list", "values": [mine.public_id]}),
        now=NOW,
    )

    assert told.enough
    with pytest.raises(LookAlikeNotReady):
        services.estimate_audience(buyer_id=buyer.pk, definition=like, now=NOW)
    assert AudienceAnswer.objects.count() == 1
    index.fill(dimension="look_alike", value=f"{mine.public_id}:5", people=range(3_000))
    make_snapshot(index, now=NOW)
    assert services.estimate_audience(buyer_id=buyer.pk, definition=like, now=NOW).enough
    assert ("list", mine.public_id) not in newest_index().segments


@pytest.mark.django_db
def test_a_list_of_somebody_else_is_no_list() -> None:
    buyer, other = make_person(), make_person()
    make_snapshot(world(), now=NOW)
    theirs = make_list(other, range(4_000))

    for data in (
        {"in": "list", "values": [theirs.public_id]},
        {"all": [TEA, {"not": {"in": "look_alike", "values": [f"{theirs.public_id}:5"]}}]},
    ):
        with pytest.raises(ListMissing):
            services.estimate_audience(buyer_id=buyer.pk, definition=from_json(data), now=NOW)
        with pytest.raises(ListMissing):
            services.save_audience(
                person_id=buyer.pk, name="x", definition=from_json(data), now=NOW
            )
    assert AudienceAnswer.objects.count() == SavedAudience.objects.count() == 0


def _race_for_the_last_answer(buyer_id: int, *, asks: Any) -> tuple[list[Any], int]:
    left = 5
    AudienceAnswer.objects.bulk_create(
        AudienceAnswer(buyer_id=buyer_id, question=f"q{number}", answer=0, at=NOW)
        for number in range(floor.MOST_ANSWERS - left)
    )
    found = race(asks, runners=8)
    return found, AudienceAnswer.objects.filter(buyer_id=buyer_id).count()


@pytest.mark.django_db(transaction=True)
def test_racing_questions_never_exceed_the_budget() -> None:
    buyer = make_person()
    make_snapshot(world(), now=NOW)

    def ask(number: int) -> Any:
        audience = from_json(
            {"all": [TEA, {"not": {"in": "active_hour", "values": [str(number)]}}]}
        )
        return services.estimate_audience(buyer_id=buyer.pk, definition=audience, now=NOW)

    found, kept = _race_for_the_last_answer(buyer.pk, asks=ask)

    assert kept == floor.MOST_ANSWERS
    assert sum(isinstance(one, TooManySizes) for one in found) == 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_racing_questions_exceed_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buyer = make_person()
    make_snapshot(world(), now=NOW)
    monkeypatch.setattr(services, "_hold_answers", lambda buyer_id: None)
    keep = together(services._Book.keep, runners=8)
    monkeypatch.setattr(services._Book, "keep", lambda self, **given: keep(self, **given))

    def ask(number: int) -> Any:
        audience = from_json(
            {"all": [TEA, {"not": {"in": "active_hour", "values": [str(number)]}}]}
        )
        return services.estimate_audience(buyer_id=buyer.pk, definition=audience, now=NOW)

    _found, kept = _race_for_the_last_answer(buyer.pk, asks=ask)

    assert kept > floor.MOST_ANSWERS


@pytest.mark.django_db(transaction=True)
def test_one_question_asked_by_many_at_once_has_one_noise() -> None:
    buyer = make_person()
    make_snapshot(world(), now=NOW)

    found = race(
        lambda _: services.estimate_audience(buyer_id=buyer.pk, definition=from_json(TEA), now=NOW),
        runners=6,
    )

    assert len({str(one) for one in found}) == 1
    assert AudienceAnswer.objects.filter(buyer_id=buyer.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_one_question_has_many_noises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    buyer = make_person()
    make_snapshot(world(), now=NOW)
    monkeypatch.setattr(services, "_hold_answers", lambda buyer_id: None)
    keep = together(services._Book.keep, runners=6)
    monkeypatch.setattr(services._Book, "keep", lambda self, **given: keep(self, **given))

    race(
        lambda _: services.estimate_audience(buyer_id=buyer.pk, definition=from_json(TEA), now=NOW),
        runners=6,
    )

    assert AudienceAnswer.objects.filter(buyer_id=buyer.pk).count() == 6


@pytest.mark.django_db
def test_audiences_are_kept_under_names_of_their_own_and_deleted() -> None:
    buyer, other = make_person(), make_person()
    tea = from_json(TEA)
    first = services.save_audience(person_id=buyer.pk, name="Tea", definition=tea, now=NOW)
    services.save_audience(person_id=other.pk, name="Tea", definition=tea, now=NOW)
    services.save_audience(
        person_id=buyer.pk, name="All", definition=from_json({"all": []}), now=NOW
    )

    with pytest.raises(AudienceNameTaken):
        services.save_audience(person_id=buyer.pk, name="Tea", definition=tea, now=NOW)
    with pytest.raises(AudienceNameTaken):
        services.change_audience(
            person_id=buyer.pk, public_id=first, name="All", definition=tea, now=NOW
        )
    with pytest.raises(AudienceMissing):
        services.change_audience(
            person_id=other.pk, public_id=first, name="Mine", definition=tea, now=NOW
        )
    services.change_audience(
        person_id=buyer.pk, public_id=first, name="Green tea", definition=tea, now=NOW
    )

    assert [(one.name, one.words) for one in list_saved(person_id=buyer.pk)] == [
        ("All", "everybody"),
        ("Green tea", "interested in #tea"),
    ]
    with pytest.raises(AudienceMissing):
        services.delete_audience(person_id=other.pk, public_id=first)
    services.delete_audience(person_id=buyer.pk, public_id=first)
    with pytest.raises(AudienceMissing):
        find_saved(public_id=first, person_id=buyer.pk)


@pytest.mark.django_db
def test_a_buyer_keeps_so_many_audiences_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_SAVED", 1)
    buyer = make_person()
    services.save_audience(person_id=buyer.pk, name="Tea", definition=from_json(TEA), now=NOW)

    with pytest.raises(TooManyAudiences):
        services.save_audience(person_id=buyer.pk, name="More", definition=from_json(TEA), now=NOW)

    assert SavedAudience.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("words")
def test_an_audience_is_said_in_words_in_both_languages() -> None:
    buyer, mei = make_person(), make_person("mei_reads")
    mine = make_list(buyer, [])
    audience = from_json(
        {
            "all": [
                {"in": "age", "values": ["18-24", "55-"]},
                {"in": "gender", "values": ["female"]},
                {"in": "active_hour", "values": ["8", "9", "23"]},
                {"not": {"in": "fans_of", "values": [mei.public_id, "p404"]}},
                {
                    "any": [
                        {"in": "list", "values": [mine.public_id]},
                        {"in": "region", "values": ["DE"]},
                    ]
                },
                {"in": "look_alike", "values": [f"{mine.public_id}:5"]},
            ]
        }
    )

    assert words_of(audience, owner_id=buyer.pk) == (
        "aged 18–24 or 55 and over, women, often here at 08:00–10:00 or 23:00–24:00 (UTC),"
        " not following @mei_reads or an account that is gone,"
        " (on the list “Customers” or in Germany),"
        " with tastes like those of the people on the list “Customers” (the closest 5 % of everybody)"
    )
    assert "Customers" not in words_of(audience)
    with override("zh-hans"):
        assert words_of(from_json({"all": []})) == "所有人"
        assert words_of(from_json({"in": "gender", "values": ["female", "male"]})) == "女性或男性"


@pytest.mark.django_db
def test_nobody_who_may_be_under_18_says_yes_and_a_yes_ends_with_a_younger_year() -> None:
    young, unsaid = make_person(birth_year=2008), make_person()

    with pytest.raises(TooYoungForProfile):
        choose_promoted(person_id=young.pk, by_interest=True, now=NOW)
    choose_promoted(person_id=young.pk, by_interest=False, now=NOW)
    choose_promoted(person_id=unsaid.pk, by_interest=True, now=NOW)
    type(unsaid).objects.filter(pk=unsaid.pk).update(birth_year=2009)
    end_choice_if_too_young(person_id=unsaid.pk, now=NOW)

    assert set(AdChoice.objects.values_list("by_interest", flat=True)) == {False}
    standing = get_ad_standing(person_id=young.pk, now=NOW)
    assert (standing.by_interest, standing.may_choose, standing.knows_age) == (False, False, True)
