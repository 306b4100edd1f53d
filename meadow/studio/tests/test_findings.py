"""Figures in sentences: how they moved, what changed, which days an address means."""

import datetime as dt

import pytest

from meadow.analytics.metrics import get_metric
from meadow.analytics.words import format_duration, format_share
from meadow.studio.errors import WrongQuestion
from meadow.studio.findings import compare, hours_finding, list_changes, reads_finding
from meadow.studio.periods import last_days, read_period
from meadow.studio.queries import follower_days

TODAY = dt.date(2026, 3, 14)


@pytest.mark.parametrize(
    ("metric", "now", "before", "text", "welcome"),
    [
        ("likes", 12, 10, "+20%", True),
        ("likes", 9, 10, "−10%", False),
        ("reads_invalid", 3, 2, "+50%", False),
        ("reads_paid", 3, 2, "+50%", None),
        ("likes", 5, 0, "new", True),
        ("likes", 0, 0, "–", None),
        ("likes", 1000, 1001, "steady", None),
        ("ctr", None, 0.5, "−100%", False),
        ("followers_change", -3, 0, "–", False),
    ],
)
def test_a_movement_is_said_with_its_weight(
    metric: str, now: float | None, before: float, text: str, welcome: bool | None
) -> None:
    moved = compare(get_metric(metric), now, before)

    assert (moved.text, moved.welcome) == (text, welcome)


@pytest.mark.parametrize(
    ("now", "before", "days", "said"),
    [
        (0, 0, 28, "No valid reads in these 28 days yet"),
        (1, 0, 28, "1 valid read, after none before"),
        (1200, 0, 7, "1,200 valid reads, after none before"),
        (30, 20, 7, "Valid reads rose by 50% against the 7 days before"),
        (399, 400, 7, "Valid reads are level with the 7 days before"),
        (1, 4, 1, "Valid reads fell by 75% against the day before"),
    ],
)
def test_the_title_of_a_chart_says_its_finding(now: int, before: int, days: int, said: str) -> None:
    assert reads_finding(now, before, days=days) == said


def test_the_best_hour_is_named() -> None:
    assert hours_finding({8: 3, 23: 9}) == "Most reads come between 23:00 and 00:00 UTC"
    assert hours_finding(dict.fromkeys(range(24), 0)) == "No reads at any hour yet"


def test_changes_are_told_once_and_in_order() -> None:
    then = {"reads_valid": 10, "reads_raw": 20, "likes": 3, "followers_change": 1}
    now = {
        "reads_valid": 12,
        "reads_raw": 25,
        "reads_invalid": 1,
        "likes": 4,
        "followers_change": -1,
    }

    assert list_changes(then, now) == [
        "2 new valid reads",
        "1 like",
        "2 followers fewer",
        "1 read was judged invalid",
    ]
    assert list_changes(now, now) == []
    assert list_changes({"reads_valid": 3}, {"reads_valid": 1, "reads_raw": 4}) == [
        "2 reads no longer count as valid",
        "4 reads that were repeated or signed out",
    ]


def test_the_level_of_followers_is_counted_backwards_from_today() -> None:
    def day(gained: int, lost: int) -> dict[str, int | float | None]:
        return {"follows_raw": gained, "unfollows_raw": lost}

    days = follower_days([(TODAY - dt.timedelta(days=1), day(5, 1)), (TODAY, day(2, 3))], today=100)

    assert [(one.gained, one.lost, one.level) for one in days] == [(5, 1, 101), (2, 3, 100)]


def test_an_address_keeps_its_days() -> None:
    assert read_period({}, today=TODAY) == last_days(28, today=TODAY)
    assert read_period({"period": "7"}, today=TODAY).address == {"period": "7"}
    own = read_period({"since": "2026-03-01", "until": "2026-03-02"}, today=TODAY)
    assert (own.days, own.address) == (2, {"since": "2026-03-01", "until": "2026-03-02"})
    assert own.before.since == dt.date(2026, 2, 27)
    with pytest.raises(WrongQuestion):
        read_period({"period": "a week"}, today=TODAY)


def test_times_and_shares_are_said_as_one_reads_them() -> None:
    assert [format_duration(ms) for ms in (0, 860, 12_400, 65_000, 7_500_000)] == [
        "0 s",
        "0.9 s",
        "12 s",
        "1 min 5 s",
        "2 h 5 min",
    ]
    assert [format_share(share) for share in (0, 0.004, 0.0667, 0.1, 0.6711, 12.5)] == [
        "0%",
        "0.4%",
        "6.7%",
        "10%",
        "67%",
        "1,250%",
    ]


def test_large_counts_of_what_changed_are_written_with_their_thousands_apart() -> None:
    said = list_changes({}, {"reads_valid": 12_345, "reads_raw": 12_345})

    assert said == ["12,345 new valid reads"]
