"""Definitions, the index and membership agree with a loop over people, whatever is asked and changed."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from meadow.promotion.audiences.alternatives import alternatives_of, digest_of
from meadow.promotion.audiences.counting import count_alternative, count_people, people_of
from meadow.promotion.audiences.definition import (
    Definition,
    Term,
    from_json,
    to_json,
)
from meadow.promotion.audiences.errors import (
    AudienceInvalid,
    SnapshotDamaged,
    SnapshotOfAnotherVersion,
)
from meadow.promotion.audiences.index import AudienceIndex
from meadow.promotion.audiences.membership import Membership, Traits
from meadow.promotion.audiences.snapshot import from_bytes, to_bytes
from meadow.promotion.audiences.testing import (
    VALUES,
    Somebody,
    definitions_as_json,
    index_of,
    people,
)

calm = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(data: Any) -> Definition:
    """Return a definition that the generator drew; it may draw one nested too deep, or too tangled."""
    try:
        definition = from_json(data)
        alternatives_of(definition)
    except AudienceInvalid:
        assume(False)
    return definition


@calm
@given(people, definitions_as_json)
def test_size_members_and_alternatives_are_exact(everybody: list[Somebody], data: Any) -> None:
    definition, index = read(data), index_of(everybody)

    truth = {number for number, one in enumerate(everybody, 1) if one.is_of(definition)}

    assert set(people_of(index, definition=definition)) == truth
    assert count_people(index, definition=definition) == len(truth)
    each = alternatives_of(definition)
    parts = [Definition(one.as_part()) if one.needs_profile else definition for one in each]
    assert set().union(*(people_of(index, definition=one) for one in parts)) == truth
    assert [count_alternative(index, alternative=one) for one in each] == [
        count_people(index, definition=one) for one in parts
    ]
    assert from_json(to_json(definition)) == definition


@calm
@given(people, st.lists(definitions_as_json, min_size=1, max_size=6), st.randoms())
def test_a_request_finds_exactly_the_campaigns_whose_audience_has_the_person(
    everybody: list[Somebody], drawn: list[Any], chance: random.Random
) -> None:
    definitions = [read(one) for one in drawn]
    members = Membership()
    for place, definition in enumerate(definitions):
        members.enter(place=place, definition=definition)
    # Some leave, and some come back with the audience of another.
    for place in chance.sample(range(len(definitions)), k=len(definitions) // 2):
        members.leave(place=place)
        if chance.random() < 0.5:
            definitions[place] = chance.choice(definitions)
            members.enter(place=place, definition=definitions[place])
    live = set(members._at)

    for one in everybody:
        traits = Traits.of(one.values) if one.may_be_targeted else Traits()

        found = members.eligible(traits=traits).tolist()

        assert found == sorted(place for place in live if one.is_of(definitions[place]))


@settings(calm, max_examples=20)
@given(people, st.randoms())
def test_changes_one_by_one_end_as_if_everybody_had_come_as_they_are_now(
    everybody: list[Somebody], chance: random.Random
) -> None:
    index = index_of(list(reversed(everybody)))
    for number, one in enumerate(everybody, start=1):
        if chance.random() < 0.5:
            index.put(person=number, may_be_targeted=one.may_be_targeted, values=one.values)
            continue
        index.put(person=number, may_be_targeted=one.may_be_targeted, values={})
        for dimension, values in one.values.items():
            index.change(person=number, dimension=dimension, values=VALUES[dimension][:1])
            for value in VALUES[dimension]:
                index.remove(person=number, dimension=dimension, value=value)
            for value in values:
                index.add(person=number, dimension=dimension, value=value)

    assert known(index) == known(index_of(everybody))

    again, watermark = from_bytes(to_bytes(index, watermark=7))
    assert (known(again), watermark) == (known(index), 7)

    for number in range(1, len(everybody) + 1):
        index.erase(person=number)
    assert known(index) == {}


def known(index: AudienceIndex) -> dict[Any, set[int]]:
    sets: dict[Any, set[int]] = {one: set(each) for one, each in index.segments.items()}
    sets |= {"present": set(index.present), "may": set(index.may_be_targeted)}
    return {name: each for name, each in sets.items() if each}


def test_nobody_without_consent_is_in_any_set_but_that_they_are_there() -> None:
    index = AudienceIndex()
    index.put(person=1, may_be_targeted=True, values={"age": ["18-24"], "fans_of": ["p1"]})
    index.put(person=2, may_be_targeted=False, values={"age": ["18-24"], "fans_of": ["p1"]})
    index.add(person=2, dimension="fans_of", value="p2")
    index.change(person=2, dimension="interest", values=["tea"])
    kept = index.fill(dimension="list", value="l1", people=[1, 2, 3])

    index.put(person=1, may_be_targeted=False, values={"age": ["18-24"]})

    assert kept == 1
    assert known(index) == {"present": {1, 2}}
    assert count_people(index, definition=from_json({"all": []})) == 2
    for data in ({"in": "age", "values": ["18-24"]}, {"not": {"in": "age", "values": ["55-"]}}):
        assert count_people(index, definition=from_json(data)) == 0


def test_one_question_has_one_digest_however_it_is_written() -> None:
    age = {"in": "age", "values": ["25-34", "18-24"]}
    tea = {"in": "interest", "values": ["tea"]}
    tea_or_walks = {"in": "interest", "values": ["walks", "tea"]}
    ways = [
        {"all": [age, tea]},
        {"all": [tea, {"all": [age]}, tea_or_walks]},
        {"not": {"any": [{"not": tea}, {"not": age}]}},
        {
            "all": [
                {"any": [{"in": "age", "values": ["18-24"]}, {"in": "age", "values": ["25-34"]}]},
                tea,
            ]
        },
    ]

    digests = {digest_of(alternatives_of(from_json(one))) for one in ways}

    assert len(digests) == 1
    assert digests != {digest_of(alternatives_of(from_json(age)))}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "the whole"),
        ({"in": "age"}, "the whole"),
        ({"in": "mood", "values": ["good"]}, "in"),
        ({"in": ["age"], "values": ["18-24"]}, "in"),
        ({"in": "age", "values": []}, "values"),
        ({"in": "age", "values": "18-24"}, "values"),
        ({"in": "age", "values": ["13-17"]}, "values[0]"),
        ({"in": "active_hour", "values": ["24"]}, "values[0]"),
        ({"in": "look_alike", "values": ["l1:5", "l1:11"]}, "values[1]"),
        ({"in": "region", "values": ["CN", "XX"]}, "values[1]"),
        ({"in": "interest", "values": ["tea"] * 61}, "values"),
        ({"all": [{"any": []}]}, "all[0].any"),
        ({"all": [{"in": "interest", "values": ["tea"]}] * 21}, "all"),
        ({"any": [{"all": [{"in": "interest", "values": ["tea"]}] * 11}] * 2}, "the whole"),
        ({"not": {"not": {"not": {"not": {"not": {}}}}}}, "not.not.not.not"),
    ],
)
def test_what_is_no_audience_is_refused_with_the_place(data: Any, place: str) -> None:
    with pytest.raises(AudienceInvalid) as refused:
        from_json(data)

    assert refused.value.params["place"] == place


def test_a_tangle_is_refused_before_it_is_multiplied_out() -> None:
    def either(number: int) -> dict[str, Any]:
        return {
            "any": [
                {"all": [{"in": "interest", "values": [f"a{number}{side}", f"b{number}{side}"]}]}
                for side in range(2)
            ]
            + [{"not": {"in": "interest", "values": [f"c{number}"]}}]
        }

    with pytest.raises(AudienceInvalid, match="more than 32 alternatives"):
        alternatives_of(from_json({"all": [either(number) for number in range(6)]}))


def test_a_snapshot_that_was_changed_anywhere_is_refused() -> None:
    index = AudienceIndex()
    index.put(person=1, may_be_targeted=True, values={"interest": ["tea", "walks"]})
    whole = to_bytes(index, watermark=3)

    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises((SnapshotDamaged, SnapshotOfAnotherVersion)):
            from_bytes(bytes(changed))
    with pytest.raises(SnapshotDamaged):
        from_bytes(whole[:-1])
    with pytest.raises(SnapshotDamaged):
        from_bytes(b"")


def test_a_single_valued_dimension_holds_one_value() -> None:
    index = AudienceIndex()
    index.put(person=1, may_be_targeted=True, values={"region": ["CN"]})

    index.add(person=1, dimension="region", value="DE")

    assert index.values_of(person=1, among=[("region", "CN"), ("region", "DE")]) == [
        ("region", "DE")
    ]
    with pytest.raises(ValueError, match="one region"):
        index.change(person=1, dimension="region", values=["CN", "DE"])
    with pytest.raises(ValueError, match="no region"):
        index.fill(dimension="region", value="nowhere", people=[1])


def test_what_live_campaigns_name_is_told_and_forgotten() -> None:
    members = Membership()
    tea = from_json({"in": "interest", "values": ["tea"]})
    members.enter(place=3, definition=tea)
    members.enter(place=4, definition=from_json({"not": {"in": "list", "values": ["l1"]}}))

    members.enter(place=4, definition=tea)

    assert {name: dict(each) for name, each in members.named().items() if each} == {
        "interest": {"tea": 2}
    }
    assert members.eligible(traits=Traits.of({"interest": ["tea"]})).tolist() == [3, 4]
    assert members.eligible(traits=Traits()).tolist() == []
    with pytest.raises(ValueError, match="a place"):
        members.enter(place=-1, definition=tea)
    assert Term("interest", ("tea",)) in tea.terms()
