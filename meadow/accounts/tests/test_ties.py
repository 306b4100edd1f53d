"""Follows and blocks: counters are exact under races, and a block stands whatever comes with it."""

import threading

import pytest

from meadow.accounts import services
from meadow.accounts.errors import FollowRefused, NotYourself, PersonMissing
from meadow.accounts.models import Block, Follow, Person
from meadow.accounts.queries import (
    blocked_ids,
    find_by_handles,
    following_ids,
    get_person_by_handle,
    is_blocked_between,
    list_blocked,
    list_followers,
)
from meadow.accounts.services import block_person, follow_person, unblock_person, unfollow_person
from meadow.accounts.testing import WHEN, make_person
from meadow.core.testing import race


def counts(person: Person) -> tuple[int, int]:
    person.refresh_from_db()
    return person.follower_count, person.following_count


def follow(ann: Person, ben: Person) -> bool:
    return follow_person(follower_id=ann.pk, followed_id=ben.pk, now=WHEN)


def block(ann: Person, ben: Person) -> bool:
    return block_person(blocker_id=ann.pk, blocked_id=ben.pk, now=WHEN)


@pytest.mark.django_db
def test_following_is_counted_on_both_sides() -> None:
    ann, ben = make_person("ann"), make_person("ben")

    assert follow(ann, ben) is True

    assert counts(ann) == (0, 1)
    assert counts(ben) == (1, 0)
    assert following_ids(ann.pk) == {ben.pk}


@pytest.mark.django_db
def test_following_twice_counts_once() -> None:
    ann, ben = make_person(), make_person()
    follow(ann, ben)

    assert follow(ann, ben) is False

    assert counts(ben) == (1, 0)


@pytest.mark.django_db
def test_unfollowing_takes_back_what_following_counted() -> None:
    ann, ben = make_person(), make_person()
    follow(ann, ben)

    assert unfollow_person(follower_id=ann.pk, followed_id=ben.pk, now=WHEN) is True
    assert unfollow_person(follower_id=ann.pk, followed_id=ben.pk, now=WHEN) is False

    assert counts(ann) == counts(ben) == (0, 0)


@pytest.mark.django_db
def test_nobody_follows_or_blocks_themselves() -> None:
    ann = make_person()

    with pytest.raises(NotYourself):
        follow(ann, ann)
    with pytest.raises(NotYourself):
        block(ann, ann)

    assert counts(ann) == (0, 0)


@pytest.mark.django_db
def test_somebody_who_is_gone_cannot_be_followed() -> None:
    ann, gone = make_person(), make_person(is_active=False)

    with pytest.raises(PersonMissing):
        follow(ann, gone)

    assert counts(ann) == (0, 0)


@pytest.mark.django_db
def test_a_block_ends_follows_both_ways_and_takes_back_their_counts() -> None:
    ann, ben = make_person(), make_person()
    follow(ann, ben)
    follow(ben, ann)

    block(ann, ben)

    assert Follow.objects.count() == 0
    assert counts(ann) == counts(ben) == (0, 0)
    assert blocked_ids(ann.pk) == {ben.pk}
    assert blocked_ids(ben.pk) == {ann.pk}


@pytest.mark.django_db
@pytest.mark.parametrize("mine", [True, False])
def test_a_block_refuses_a_follow_whoever_made_it(mine: bool) -> None:
    ann, ben = make_person(), make_person()
    block(ann, ben) if mine else block(ben, ann)

    with pytest.raises(FollowRefused):
        follow(ann, ben)

    assert Follow.objects.count() == 0
    assert counts(ben) == (0, 0)


@pytest.mark.django_db
def test_unblocking_lets_follow_again_but_brings_nothing_back() -> None:
    ann, ben = make_person(), make_person()
    follow(ben, ann)
    block(ann, ben)

    assert unblock_person(blocker_id=ann.pk, blocked_id=ben.pk) is True
    assert counts(ann) == (0, 0)
    assert follow(ben, ann) is True
    assert is_blocked_between(ann.pk, ben.pk) is False


@pytest.mark.django_db
def test_to_somebody_they_blocked_a_person_is_missing() -> None:
    ann, ben, eve = make_person("ann"), make_person("ben"), make_person("eve")
    block(ann, ben)

    with pytest.raises(PersonMissing):
        get_person_by_handle("ann", ben.pk)

    assert get_person_by_handle("ANN", eve.pk).id == ann.pk
    assert get_person_by_handle("ben", ann.pk).id == ben.pk
    assert [card.handle for card in list_blocked(ann.pk)] == ["ben"]


@pytest.mark.django_db
def test_blocked_people_are_not_found_for_a_mention() -> None:
    ann, ben = make_person("ann"), make_person("ben")
    make_person("eve")
    block(ann, ben)

    assert set(find_by_handles(["Ann", "EVE", "nobody", "日"], viewer_id=ben.pk)) == {"eve"}


@pytest.mark.django_db
def test_followers_are_paged_newest_first_without_the_blocked() -> None:
    ann, viewer = make_person("ann"), make_person("viewer")
    people = [make_person(f"fan{n}") for n in range(5)]
    for person in people:
        follow(person, ann)
    block(viewer, people[1])

    first = list_followers(ann.pk, viewer_id=viewer.pk, size=3)
    second = list_followers(ann.pk, viewer_id=viewer.pk, cursor=first.next_cursor, size=3)

    assert [card.handle for card in first.items] == ["fan4", "fan3", "fan2"]
    assert [card.handle for card in second.items] == ["fan0"]
    assert second.next_cursor is None


@pytest.mark.django_db(transaction=True)
def test_racing_followers_are_counted_exactly() -> None:
    ann = make_person()
    fans = [make_person() for _ in range(12)]

    race(lambda number: follow(fans[number], ann), runners=12)

    assert counts(ann) == (12, 0)
    assert Follow.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_the_control_counting_in_python_loses_followers(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = make_person()
    fans = [make_person() for _ in range(12)]

    all_have_read = threading.Barrier(12)

    def count_in_python(*, follower_id: int, followed_id: int, by: int) -> None:
        person = Person.objects.get(pk=followed_id)
        all_have_read.wait(timeout=60)
        person.follower_count += by
        person.save(update_fields=["follower_count"])

    monkeypatch.setattr(services, "_lock_people", lambda *ids: None)
    monkeypatch.setattr(services, "_count_follow", count_in_python)
    race(lambda number: follow(fans[number], ann), runners=12)

    assert counts(ann)[0] == 1


@pytest.mark.django_db(transaction=True)
def test_people_who_follow_each_other_at_once_do_not_wait_for_ever() -> None:
    ann, ben = make_person(), make_person()
    pairs = [(ann, ben), (ben, ann)] * 5

    outcomes = race(lambda number: follow(*pairs[number]), runners=10)

    assert all(isinstance(outcome, bool) for outcome in outcomes), outcomes
    assert counts(ann) == counts(ben) == (1, 1)


def follow_against_block(ann: Person, ben: Person) -> bool:
    """Race a follow against a block; return whether both stand afterwards."""

    def act(number: int) -> bool:
        return follow(ben, ann) if number else block(ann, ben)

    race(act, runners=2)
    both = Follow.objects.exists() and Block.objects.exists()
    unblock_person(blocker_id=ann.pk, blocked_id=ben.pk)
    unfollow_person(follower_id=ben.pk, followed_id=ann.pk, now=WHEN)
    return both


@pytest.mark.django_db(transaction=True)
def test_a_follow_never_survives_a_block_that_came_with_it() -> None:
    ann, ben = make_person(), make_person()

    assert [follow_against_block(ann, ben) for _ in range(10)] == [False] * 10
    assert counts(ann) == counts(ben) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_lock_lets_a_follow_survive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann, ben = make_person(), make_person()
    check, checked, blocked = is_blocked_between, threading.Event(), threading.Event()

    def slow_check(person_id: int, other_id: int) -> bool:
        answer = check(person_id, other_id)
        checked.set()
        assert blocked.wait(60)  # the block commits in between
        return answer

    def act(number: int) -> bool:
        if number:
            return follow(ben, ann)
        assert checked.wait(60)
        is_new = block(ann, ben)
        blocked.set()
        return is_new

    monkeypatch.setattr(services, "_lock_people", lambda *ids: None)
    monkeypatch.setattr(services, "is_blocked_between", slow_check)

    race(act, runners=2)

    assert Follow.objects.exists()
    assert Block.objects.exists()
