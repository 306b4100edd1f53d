"""How promotion works, on the page and over the API: the figures of the rule that holds."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.histories import Seen
from meadow.core.errors import EngineUnavailable
from meadow.promotion.models import PromotionRule, Switch
from meadow.promotion.queries import about
from meadow.promotion.queries.about import say_micro
from meadow.promotion.testing import ensure_rule

pytestmark = pytest.mark.django_db
SINCE = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
OFF = "Promotion is switched off at the moment: nobody is shown a sponsored card."


@pytest.fixture
def rule() -> PromotionRule:
    """Return the rule that holds, whose every figure differs from what it is shipped with."""
    rule = ensure_rule()
    rule.pk = None
    rule.number, rule.set_at = rule.number + 1, SINCE
    rule.one_in, rule.place, rule.cap, rule.reserve, rule.holdout = 25, 4, 3, 23_500, 1_250
    rule.save(force_insert=True)
    return rule


def words(client: Client) -> str:
    """Return what the page says."""
    html = client.get("/promotion/about").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_page_says_what_the_rule_says(client: Client, rule: PromotionRule) -> None:
    page = words(client)

    for said in (
        "at most 1 in 25",
        "Times one person meets the same order in a day at most 3",
        "at least ¥0.0235",
        f"Version {rule.number} of the rule, since May 2, 2026",
        "At least 12.5 % of the people whom an order is for are not shown it.",
    ):
        assert said in page
    assert OFF not in page
    assert "What you met" not in page


def test_it_leads_to_the_choice_about_promoted_notes(client: Client, rule: PromotionRule) -> None:
    assert 'href="/settings/promoted"' in client.get("/promotion/about").content.decode()


def test_that_it_is_switched_off_is_said(client: Client, rule: PromotionRule) -> None:
    Switch.objects.create(on=False, reason="A wrong price.", set_by=1, set_at=SINCE)

    assert OFF in words(client)
    assert client.get("/api/v1/promotion/about").json()["is_on"] is False


def test_the_api_says_the_same(client: Client, rule: PromotionRule) -> None:
    assert client.get("/api/v1/promotion/about").json() == {
        "is_on": True,
        "label": "Sponsored",
        "one_in": 25,
        "cap": 3,
        "least_price": "¥0.0235",
        "holdout_percent": 12.5,
        "rule_version": rule.number,
        "since": "2026-05-02T12:00:00Z",
        "load": None,
    }


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen(40, 2), "In the last 7 days you looked at 40 cards of Hot; 2 of them sponsored."),
        (Seen(1, 0), "In the last 7 days you looked at 1 card of Hot; 0 of them sponsored."),
        (Seen(0, 0), "In the last 7 days no card of Hot was counted as looked at by you."),
    ],
)
def test_a_reader_is_told_how_much_of_it_they_met(
    rule: PromotionRule, monkeypatch: pytest.MonkeyPatch, seen: Seen, said: str
) -> None:
    asked: set[tuple[str, str]] = set()

    def count(*, pseudonym: str, surface: str, since: dt.datetime) -> Seen:
        asked.add((pseudonym, surface))
        return seen

    monkeypatch.setattr(about, "count_seen", count)
    person = make_person()
    reader = sign_in(person)

    assert said in words(reader)
    assert reader.get("/api/v1/promotion/about").json()["load"] == {
        "days": 7,
        "cards": seen.cards,
        "sponsored": seen.sponsored,
    }
    assert asked == {(str(person.pseudonym), "hot")}


def test_figures_that_cannot_be_read_are_not_made_up(
    rule: PromotionRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(**_: object) -> Seen:
        raise EngineUnavailable(engine="warehouse")

    monkeypatch.setattr(about, "count_seen", count)
    reader = sign_in(make_person())

    assert "The figures cannot be read at the moment." in words(reader)
    assert reader.get("/api/v1/promotion/about").json()["load"] is None


@pytest.mark.parametrize(
    ("micro", "said"),
    [(20_000, "¥0.02"), (23_500, "¥0.0235"), (1, "¥0.000001"), (1_000_000, "¥1.00"), (0, "¥0.00")],
)
def test_a_price_is_written_with_no_more_digits_than_it_needs(micro: int, said: str) -> None:
    assert say_micro(micro, "CNY") == said


def test_what_a_reader_met_is_counted_over_seven_days(
    rule: PromotionRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(about, "count_seen", lambda **asked: Seen((SINCE - asked["since"]).days, 0))

    read = about.read_about(pseudonym="p", now=SINCE)

    assert (read.holdout, read.seen) == (Decimal("12.5"), Seen(7, 0))
