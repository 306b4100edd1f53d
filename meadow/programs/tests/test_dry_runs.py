"""What a dry run says is what then happens, and every count of it is exact."""

import datetime as dt
import itertools
from typing import Any

import pytest

from meadow.accounts.census import code_of, read_census, read_lots, region_of
from meadow.accounts.models import Person
from meadow.accounts.testing import make_person
from meadow.programs.errors import VersionMissing
from meadow.programs.models import CohortPlace, Membership, Program
from meadow.programs.queries.crowds import BLOCKS, blocked_codes, read_crowd
from meadow.programs.queries.dry_runs import dry_run, dry_runs, list_affected
from meadow.programs.queries.fairness import CUTS, FEWEST, cut, wilson
from meadow.programs.queries.gathering import get_entrants, terms_of
from meadow.programs.services.admission import reconcile_everybody
from meadow.programs.services.grants import grant_place
from meadow.programs.services.invitations import accept_invitation, invite_people
from meadow.programs.services.rule_versions import activate_due, draft_rule, schedule_rule
from meadow.programs.services.suspensions import suspend
from meadow.programs.standing import blocked_by, draw_lot
from meadow.programs.testing import make_program
from meadow.programs.tests.people import DAY, NOW, look, make_followed, set_followers

pytestmark = pytest.mark.django_db


def more_than(followers: int) -> dict[str, Any]:
    return {
        "all": [
            {"key": "followers", "metric": "followers", "operator": ">", "threshold": followers}
        ]
    }


def draft(rule: dict[str, Any], slug: str = "garden") -> int:
    return draft_rule(slug=slug, rule=rule, note="", operator_id=None, now=NOW)


def test_who_comes_in_who_goes_and_who_just_misses() -> None:
    program = make_program(rule=more_than(100))
    stays, goes = make_followed(500), make_followed(150)
    look(program, stays, goes)
    enters = make_followed(301)  # meets 100 already, and nobody looked at them yet
    near = make_followed(280)
    Membership.objects.filter(person=enters).delete()
    make_followed(3)

    run = dry_run(slug="garden", number=draft(more_than(300)), now=NOW)

    tally = run.tally
    assert (tally.people, tally.met_before, tally.met_after) == (5, 4, 2)
    assert (tally.inside, tally.enters, tally.dropped, tally.near) == (2, 1, 1, 1)
    assert (tally.unchanged, tally.inside_after, tally.notices) == (3, 2, 2)
    assert [one.person.id for one in list_affected(run, fate="dropped", most=9)] == [goes.pk]
    [missed] = list_affected(run, fate="near", most=9)
    assert (missed.person.id, missed.values, missed.gaps) == (
        near.pk,
        {"followers": 280},
        {"followers": 21},
    )


def test_a_near_miss_lacks_at_most_a_tenth_of_one_criterion() -> None:
    rule = {"all": [*more_than(100)["all"], *_following(10)]}
    make_program(rule=rule)
    people = {
        "both_little": make_followed(95, following_count=10),
        "one_little": make_followed(91, following_count=11),
        "one_too_much": make_followed(90, following_count=11),
        "other_little": make_followed(101, following_count=10),
    }

    run = dry_run(slug="garden", number=draft(rule), now=NOW)

    near = {one.person.id for one in list_affected(run, fate="near", most=9)}
    assert near == {people["one_little"].pk, people["other_little"].pk}


def test_any_one_of_several_ways_is_enough_to_be_near() -> None:
    rule = {"any": [*more_than(100)["all"], *_following(1000)]}
    make_program(rule=rule)
    person = make_followed(95, following_count=0)

    run = dry_run(slug="garden", number=draft(rule), now=NOW)

    assert [one.person.id for one in list_affected(run, fate="near", most=9)] == [person.pk]


def test_what_it_says_is_what_then_happens() -> None:
    program = make_program(rule=more_than(10), capacity=4, grace_days=7, notice_days=0)
    for followers in (11, 12, 40, 50, 60, 70):
        look(program, make_followed(followers))
    for followers in (5, 30, 31):
        make_followed(followers)
    set_followers(Person.objects.order_by("pk")[0], 10)
    look(program, Person.objects.order_by("pk")[0], now=NOW)
    number = draft(more_than(9))

    said = dry_run(slug="garden", number=number, now=NOW).tally
    schedule_rule(slug="garden", number=number, active_from=NOW, operator_id=1, now=NOW)
    activate_due(now=NOW)
    done = reconcile_everybody(program_id=program.pk, now=NOW)

    assert (said.seated, said.waits, said.dropped, said.back) == (0, 2, 0, 1)
    assert dict(done.states) == {"waitlisted": 2, "admitted": 1}


@pytest.mark.parametrize("grace_days", [0, 7])
def test_who_is_dropped_frees_a_seat_only_without_a_grace_period(grace_days: int) -> None:
    program = make_program(rule=more_than(10), capacity=1, grace_days=grace_days, notice_days=0)
    look(program, make_followed(11))
    look(program, make_followed(50))
    number = draft(more_than(20))

    said = dry_run(slug="garden", number=number, now=NOW).tally
    schedule_rule(slug="garden", number=number, active_from=NOW, operator_id=1, now=NOW)
    reconcile_everybody(program_id=program.pk, now=NOW)

    states = sorted(Membership.objects.values_list("state", flat=True))
    assert (said.dropped, said.seated) == (1, 1 if grace_days == 0 else 0)
    assert states == (["admitted", "lapsed"] if grace_days == 0 else ["grace", "waitlisted"])


def test_a_dry_run_changes_nothing() -> None:
    program = make_program(rule=more_than(10))
    make_followed(50)

    dry_run(slug="garden", number=draft(more_than(1)), now=NOW)

    assert not Membership.objects.exists()
    program.refresh_from_db()
    assert program.admitted_count == 0


def test_a_suspended_refused_or_departed_person_does_not_come_in() -> None:
    program = make_program(rule=more_than(10))
    person = make_followed(50)
    look(program, person)
    suspend(
        slug="garden",
        person_id=person.pk,
        words="Sold the place.",
        until=None,
        operator_id=0,
        now=NOW,
    )

    tally = dry_run(slug="garden", number=draft(more_than(1)), now=NOW).tally

    assert (tally.met_after, tally.enters, tally.dropped, tally.unchanged) == (1, 0, 0, 1)


def test_a_grant_keeps_whom_the_rule_would_drop() -> None:
    program = make_program(rule=more_than(10))
    person = make_followed(1)
    grant_place(slug="garden", person_id=person.pk, reason="A guest.", operator_id=None, now=NOW)
    look(program, person)

    tally = dry_run(slug="garden", number=draft(more_than(1000)), now=NOW).tally

    assert (tally.inside, tally.dropped, tally.met_after) == (1, 0, 0)


def test_a_program_that_is_switched_off_stays_as_it_is() -> None:
    program = make_program(rule=more_than(10))
    look(program, make_followed(50))
    make_followed(60)
    Program.objects.filter(pk=program.pk).update(killed_at=NOW)

    run = dry_run(slug="garden", number=draft(more_than(55)), now=NOW)

    assert (run.tally.enters, run.tally.dropped, run.tally.unchanged) == (0, 0, 2)
    assert run.held_back == {"program_closed": 1}


def test_what_holds_people_back_is_what_the_rules_of_standing_say() -> None:
    program = make_program(rule=more_than(0))
    people = [
        make_person(region=region, role=role, follower_count=1)
        for region, role in itertools.product(("DE", "US", ""), ("member", "moderator"))
        for _copy in range(2)
    ]
    CohortPlace.objects.create(program=program, person=people[1], added_at=NOW)
    invited = [people[2].pk, people[3].pk]
    invite_people(
        slug="garden", person_ids=invited, expires_at=NOW + DAY, operator_id=people[4].pk, now=NOW
    )
    accept_invitation(slug="garden", person_id=people[2].pk, now=NOW)
    grant_place(slug="garden", person_id=people[0].pk, reason="A guest.", operator_id=None, now=NOW)
    Membership.objects.all().delete()
    ways: Any = itertools.product(
        ("internal", "invited", "cohort", "percentage", "open"),
        ("automatic", "application", "invitation"),
        ([], ["DE"]),
        ({}, {"paused_at": NOW}, {"killed_at": NOW}, {"is_built": False}),
    )

    for stage, admission, regions, more in ways:
        Program.objects.filter(pk=program.pk).update(
            stage=stage,
            admission=admission,
            regions=regions,
            percentage=50,
            **{"paused_at": None, "killed_at": None, "is_built": True, **more},
        )
        program.refresh_from_db()
        crowd = read_crowd(program=program, now=NOW)
        codes = dict(zip(crowd.ids.tolist(), blocked_codes(crowd).tolist(), strict=True))
        entrants = get_entrants(program=program, person_ids=list(codes), now=NOW)
        for person, entrant in entrants.items():
            said = blocked_by(terms=terms_of(program), entrant=entrant)
            found = BLOCKS[codes[person]]
            assert said.startswith(found), (stage, admission, person)
            assert bool(said) == bool(found), (stage, admission, person)


def test_lots_of_everybody_are_the_lots_of_each() -> None:
    people = [make_person() for _copy in range(40)]

    ids, lots = read_lots(salt="ab%c" * 8)

    assert dict(zip(ids.tolist(), lots.tolist(), strict=True)) == {
        one.pk: draw_lot(salt="ab%c" * 8, person=one.public_id) for one in people
    }


def test_a_census_says_where_when_and_how_known() -> None:
    person = make_person(region="DE", follower_count=7, role="moderator")

    census = read_census(now=NOW)

    place = census.ids.tolist().index(person.pk)
    assert region_of(int(census.regions[place])) == "DE"
    assert (code_of(""), region_of(0)) == (0, "")
    assert divmod(int(census.months[place]), 12) == (2026, 4)  # May, counted from 0
    assert (census.age_days[place], census.followers[place], census.staff[place]) == (31, 7, True)


def test_groups_add_up_to_everybody_and_few_people_have_no_share() -> None:
    program = make_program(rule=more_than(10))
    for _copy in range(FEWEST):
        make_followed(50, region="DE")
    for _copy in range(FEWEST - 1):
        make_followed(50, region="FR")
    for _copy in range(FEWEST):
        make_followed(1, region="US")
    make_followed(20, joined_at=None)
    assert program.pk

    run = dry_run(slug="garden", number=draft(more_than(10)), now=NOW)
    cuts = {by: cut(run, by) for by in CUTS}

    for one in cuts.values():
        assert sum(line.people for line in one.groups) == run.tally.people
        assert sum(line.enters for line in one.groups) == run.tally.enters
    regions = {line.short: line for line in cuts["region"].groups}
    assert {key: line.people for key, line in regions.items()} == {
        "DE": 30,
        "FR": 29,
        "US": 30,
        "–": 1,
    }
    assert regions["FR"].share is None
    assert regions["DE"].share == wilson(30, 30)
    gap = cuts["region"].gap
    assert gap is not None
    assert (gap[0].short, gap[1].short) == ("DE", "US")


def test_the_interval_is_wilsons() -> None:
    share = wilson(10, 100)

    assert (round(share.low, 4), share.value, round(share.high, 4)) == (0.0552, 0.1, 0.1744)
    assert wilson(0, 30).low == 0.0
    assert wilson(30, 30).high == 1.0


def test_two_drafts_are_held_against_the_same_people_at_the_same_moment() -> None:
    make_program(rule=more_than(10))
    make_followed(30)
    make_followed(40)
    loose, strict = draft(more_than(20)), draft(more_than(35))

    first, second = dry_runs(slug="garden", numbers=[loose, strict], now=NOW)

    assert (first.tally.enters, second.tally.enters) == (2, 1)
    assert first.crowd is second.crowd


def test_a_version_that_is_not_there_is_refused() -> None:
    make_program()

    with pytest.raises(VersionMissing):
        dry_run(slug="garden", number=77, now=NOW + dt.timedelta(days=1))


def _following(count: int) -> list[dict[str, Any]]:
    return [{"key": "following", "metric": "following", "operator": ">", "threshold": count}]
