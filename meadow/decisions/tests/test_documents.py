"""A document put together from parts is the one canonical text, to the byte."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.decisions.documents import format_moment, share, write_document
from meadow.decisions.errors import RulingUnreadable
from meadow.decisions.records import Reason, Ruling

# Python's JSON and ours write fractions of other sizes differently: 1e16 and 1e+16.
fractions = st.floats(-1000, 1000).map(lambda value: round(value, 3))
words = st.text(st.characters(codec="utf-8"), max_size=12)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | fractions | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
members = st.dictionaries(words, values, max_size=4)
moments = st.none() | st.datetimes(timezones=st.just(dt.UTC))
rulings = st.builds(
    Ruling,
    person_id=st.just(1),
    scope=st.sampled_from(["example/door", "programs/live"]),
    capability=st.just("door.open"),
    outcome=st.sampled_from(["admitted", "refused"]),
    rule_version=st.just("live.v1"),
    inputs=members,
    reasons=st.lists(st.builds(Reason, st.text(max_size=8), members), max_size=3),
    valid_until=moments,
    appeal_until=moments,
    decided_by=st.sampled_from(["rule", "operator:p1"]),
)


def write(ruling: Ruling) -> bytes:
    return write_document(
        ruling, public_id="d1", subject="s1", decided_at="2026-05-01T12:00:00.000000Z"
    )


def canonical(ruling: Ruling) -> bytes:
    """Write a ruling by Python's own JSON, as docs/algorithms/receipts.md says."""
    said = {
        "kind": "meadow.decision.v1",
        "id": "d1",
        "subject": "s1",
        "scope": ruling.scope,
        "capability": ruling.capability,
        "outcome": ruling.outcome,
        "rule_version": ruling.rule_version,
        "inputs": ruling.inputs,
        "reasons": [{"code": one.code, "params": one.params} for one in ruling.reasons],
        "decided_at": "2026-05-01T12:00:00.000000Z",
        "valid_until": format_moment(ruling.valid_until),
        "appeal_until": format_moment(ruling.appeal_until),
        "decided_by": ruling.decided_by,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@settings(max_examples=40)
@given(rulings)
def test_the_text_is_canonical_json(ruling: Ruling) -> None:
    assert write(ruling) == canonical(ruling)


@settings(max_examples=40)
@given(rulings)
def test_what_is_shared_is_written_as_what_is_not(ruling: Ruling) -> None:
    shared = replace(ruling, inputs={key: share(value) for key, value in ruling.inputs.items()})

    assert write(shared) == canonical(ruling)


def nest(depth: int) -> Any:
    """Return a list in a list in a list."""
    return [nest(depth - 1)] if depth else 1


def make_ruling(inputs: Any) -> Ruling:
    return Ruling(1, "example/door", "door.open", "admitted", "1", inputs, [])


def test_what_is_shared_is_nested_as_deep_as_anything_else() -> None:
    assert write(make_ruling({"x": share(nest(15))})) == write(make_ruling({"x": nest(15)}))

    with pytest.raises(RulingUnreadable, match="nested deeper than 16"):
        share(nest(16))


def test_what_is_shared_stands_directly_in_the_inputs() -> None:
    with pytest.raises(
        RulingUnreadable, match=r"inputs\.x\.y is a Fragment, which JSON has no word"
    ):
        write(make_ruling({"x": {"y": share(1)}}))


@pytest.mark.parametrize("value", [float("nan"), 2**53, {1: "one"}, b"bytes", "\ud800"])
def test_what_json_cannot_say_is_not_shared(value: Any) -> None:
    with pytest.raises(RulingUnreadable):
        share({"x": value})
