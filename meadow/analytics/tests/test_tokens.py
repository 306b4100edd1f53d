"""Impression tokens: what is sealed comes back, and nothing else opens."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meadow.analytics import tokens
from meadow.analytics.tokens import (
    LIFETIME_SECONDS,
    SURFACES,
    ImpressionToken,
    ReadToken,
    open_token,
    read_token,
    seal_token,
)

NOW = dt.datetime(2026, 3, 14, 12, 0, 0, tzinfo=dt.UTC)


class Before:
    """Packs as it was before there were classes of match."""

    def pack(self, *said: int) -> bytes:
        return tokens.PRICED.pack(*said[:-1])


MOMENTS = st.datetimes(
    min_value=dt.datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=dt.datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
SHOWN = st.fixed_dictionaries(
    {
        "note_id": st.integers(0, 2**63 - 1),
        "author_id": st.integers(0, 2**63 - 1),
        "slot": st.integers(0, 0xFFFF),
        "surface": st.sampled_from(SURFACES),
        "campaign_id": st.integers(0, 2**32 - 1),
        "arm": st.integers(0, 255),
        "price": st.just(0) | st.integers(0, 2**32 - 1),
        "match_class": st.just(0) | st.integers(0, 255),
    }
)


def seal(now: dt.datetime = NOW) -> str:
    return seal_token(note_id=7, author_id=8, surface="hot", slot=3, now=now)


@given(shown=SHOWN, now=MOMENTS, age=st.integers(0, LIFETIME_SECONDS - 2))
def test_a_token_says_what_was_sealed_for_24_hours(
    shown: dict[str, object], now: dt.datetime, age: int
) -> None:
    token = open_token(
        seal_token(now=now, **shown),  # type: ignore[arg-type]
        now=now + dt.timedelta(seconds=age),
    )

    assert token is not None
    expected = ImpressionToken(
        issued_at=int(now.timestamp()),
        nonce=token.nonce,
        **shown,  # type: ignore[arg-type]
    )
    assert token == expected
    assert len(bytes.fromhex(token.nonce)) == 12


@given(place=st.integers(0, 79), letter=st.sampled_from("AQgwZ0-_.=é "))
def test_a_token_with_one_letter_changed_is_forged(place: int, letter: str) -> None:
    sealed = seal()
    changed = sealed[: place % len(sealed)] + letter + sealed[place % len(sealed) + 1 :]

    if changed != sealed:
        assert read_token(changed, now=NOW) == ReadToken(None, "token_forged")
        assert open_token(changed, now=NOW) is None


@given(text=st.text(max_size=120))
def test_any_other_text_is_forged_and_never_an_error(text: str) -> None:
    fault = read_token(text, now=NOW).fault

    assert fault == ("token_missing" if text == "" else "token_forged")


def test_an_expired_token_still_names_its_note() -> None:
    sealed = seal()

    read = read_token(sealed, now=NOW + dt.timedelta(seconds=LIFETIME_SECONDS))

    assert read.fault == "token_expired"
    assert read.token is not None
    assert read.token.note_id == 7
    assert open_token(sealed, now=NOW + dt.timedelta(seconds=LIFETIME_SECONDS)) is None


def test_a_token_of_an_earlier_release_still_says_its_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: dict[str, Any] = {"note_id": 7, "author_id": 8, "surface": "hot", "now": NOW}
    with monkeypatch.context() as then:
        then.setattr(tokens, "MATCHED", Before())
        sealed = seal_token(campaign_id=9, price=2_500, match_class=3, **shown)

    read = open_token(sealed, now=NOW)

    assert len(sealed) == 95
    assert read is not None
    assert (read.campaign_id, read.price, read.match_class) == (9, 2_500, 0)


def test_another_secret_opens_nothing(settings: pytest.FixtureRequest) -> None:
    sealed = seal()

    settings.SECRET_KEY = "another installation's secret, long enough to be one"  # type: ignore[attr-defined]

    assert read_token(sealed, now=NOW) == ReadToken(None, "token_forged")


def test_a_token_of_one_day_does_not_open_under_another_days_key() -> None:
    sealed, tomorrow = seal(), seal(NOW + dt.timedelta(days=1))

    mixed = tomorrow[:2] + sealed[2:]

    assert mixed[:2] == sealed[:2] or read_token(mixed, now=NOW).fault == "token_forged"


def test_two_tokens_of_one_showing_differ() -> None:
    assert len({seal() for _ in range(1000)}) == 1000
