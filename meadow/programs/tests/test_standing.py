"""The pure function of standings: what no change of terms may do, and lots that never change."""

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from meadow.programs.standing import (
    INSIDE,
    LOTS,
    STAGES,
    Entrant,
    Standing,
    Terms,
    draw_lot,
    next_standing,
    replay,
    to_json,
)

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
PEOPLE = st.text(alphabet="pABCDEFGHJ123456789", min_size=8, max_size=15)
entrants = st.builds(
    Entrant,
    lot=st.integers(0, LOTS - 1),
    region=st.sampled_from(["", "DE", "FR"]),
    staff=st.booleans(),
    invited=st.booleans(),
    accepted=st.booleans(),
    in_cohort=st.booleans(),
    approved=st.booleans(),
    granted=st.booleans(),
    returns=st.booleans(),
)
terms = st.builds(
    Terms,
    stage=st.sampled_from(STAGES),
    admission=st.sampled_from(["automatic", "application", "invitation"]),
    percentage=st.integers(0, 100),
    regions=st.sampled_from([(), ("DE",), ("DE", "FR")]),
    built=st.booleans(),
    paused=st.booleans(),
    killed=st.booleans(),
    grace_days=st.integers(0, 30),
    pilot_days=st.sampled_from([(), (7,), (7, 14)]),
)
moments = st.integers(-40, 40).map(lambda days: NOW + dt.timedelta(days=days))
standings = st.builds(
    Standing,
    state=st.sampled_from(
        [
            "waitlisted",
            "applied",
            "invited",
            "admitted",
            "pilot",
            "suspended",
            "refused",
            "lapsed",
            "left",
        ]
    ),
    reason=st.just("criteria_met"),
    since=moments,
    admitted_at=st.none() | moments,
    suspended_until=st.none() | moments,
    reapply_at=st.none() | moments,
    step=st.integers(0, 2),
    step_since=st.none() | moments,
) | st.builds(
    Standing,
    state=st.just("grace"),
    reason=st.just("criteria_lost"),
    since=moments,
    grace_until=moments,
)


anything = given(
    current=st.none() | standings,
    met=st.booleans(),
    before=terms,
    entrant=entrants,
    seat=st.booleans(),
)


@given(salt=st.text(min_size=1, max_size=32), person=PEOPLE, data=st.data())
def test_a_growing_percentage_ejects_nobody_and_keeps_the_first(
    salt: str, person: str, data: st.DataObject
) -> None:
    entrant = Entrant(lot=draw_lot(salt=salt, person=person))
    small = data.draw(st.integers(0, 100))
    large = data.draw(st.integers(small, 100))
    before = Terms(stage="percentage", admission="automatic", percentage=small)

    first = next_standing(current=None, met=True, terms=before, entrant=entrant, seat=True, now=NOW)
    grown = replace(before, percentage=large)
    fresh = next_standing(current=None, met=True, terms=grown, entrant=entrant, seat=True, now=NOW)
    kept = next_standing(current=first, met=True, terms=grown, entrant=entrant, seat=True, now=NOW)

    if first is not None:
        assert fresh is not None
        assert kept is first


@given(current=standings, before=terms, entrant=entrants, seat=st.booleans())
def test_no_stage_percentage_region_pause_or_way_in_ejects_who_is_in(
    current: Standing, before: Terms, entrant: Entrant, seat: bool
) -> None:
    if current.state not in INSIDE:
        return

    after = next_standing(
        current=current, met=True, terms=before, entrant=entrant, seat=seat, now=NOW
    )

    assert after is not None
    assert after.state in INSIDE


@given(current=st.none() | standings, met=st.booleans(), entrant=entrants, before=terms)
def test_a_kill_switch_changes_no_standing(
    current: Standing | None, met: bool, entrant: Entrant, before: Terms
) -> None:
    killed = replace(before, killed=True)

    after = next_standing(
        current=current, met=met, terms=killed, entrant=entrant, seat=True, now=NOW
    )

    assert after is current


@anything
def test_nobody_comes_in_without_meeting_the_rule_a_seat_and_a_way(
    current: Standing | None, met: bool, before: Terms, entrant: Entrant, seat: bool
) -> None:
    after = next_standing(
        current=current, met=met, terms=before, entrant=entrant, seat=seat, now=NOW
    )

    was_in = current is not None and current.state in (*INSIDE, "suspended")
    if after is not None and after.state in INSIDE and not was_in:
        assert met or entrant.granted
        assert seat
        assert before.built
        assert not before.paused


@anything
def test_a_second_look_at_the_same_moment_changes_nothing(
    current: Standing | None, met: bool, before: Terms, entrant: Entrant, seat: bool
) -> None:
    def look(at: Standing | None) -> Standing | None:
        return next_standing(current=at, met=met, terms=before, entrant=entrant, seat=seat, now=NOW)

    # A pilot that is over and out of grace takes a look for each step it is behind.
    settled = look(look(look(look(current))))

    assert look(settled) is settled


@anything
def test_what_a_decision_records_gives_its_outcome_again(
    current: Standing | None, met: bool, before: Terms, entrant: Entrant, seat: bool
) -> None:
    recorded = {
        "at": NOW.isoformat(),
        "current": to_json(current) if current else None,
        "terms": to_json(before),
        "entrant": to_json(entrant),
        "seat": seat,
    }

    assert replay(inputs=recorded, met=met) == next_standing(
        current=current, met=met, terms=before, entrant=entrant, seat=seat, now=NOW
    )


def test_lots_are_evenly_spread() -> None:
    lots = [draw_lot(salt="s", person=f"p{number}") for number in range(20_000)]

    shares = [sum(lot < share * 100 for lot in lots) / len(lots) for share in (10, 50, 90)]

    assert all(abs(got - share) < 0.02 for got, share in zip(shares, (0.1, 0.5, 0.9), strict=True))


def test_each_stage_includes_those_before_it() -> None:
    def state(stage: str, entrant: Entrant) -> str:
        found = next_standing(
            current=None,
            met=True,
            terms=Terms(stage=stage, admission="automatic", percentage=10),
            entrant=entrant,
            seat=True,
            now=NOW,
        )
        return found.state if found else ""

    kinds = [
        Entrant(lot=9999, staff=True),
        Entrant(lot=9999, invited=True),
        Entrant(lot=9999, in_cohort=True),
        Entrant(lot=999),
        Entrant(lot=1000),
    ]

    reached = {stage: [bool(state(stage, kind)) for kind in kinds] for stage in STAGES}

    assert reached == {
        "internal": [True, False, False, False, False],
        "invited": [True, True, False, False, False],
        "cohort": [True, True, True, False, False],
        "percentage": [True, True, True, True, False],
        "open": [True, True, True, True, True],
    }
