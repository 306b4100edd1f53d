"""Figures over the API: named, split, opened to facts, and closed to others."""

import datetime as dt

import pytest

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.analytics.testing import wait_for
from meadow.studio.tests.conftest import Creator


def test_the_metrics_are_listed_with_names_and_units(creator: Creator) -> None:
    items = creator.client.get("/api/v1/metrics").json()["items"]

    units = {one["key"]: one["unit"] for one in items}
    assert (units["reads_valid"], units["dwell_ms"], units["ctr"]) == ("count", "ms", "ratio")
    assert next(one["parts"] for one in items if one["key"] == "ctr") == ["opens", "impressions"]
    assert all(one["name"] and one["explanation"] for one in items)


def test_a_figure_by_note_is_named_by_its_public_id(creator: Creator) -> None:
    creator.tell([creator.fact(note=0), creator.fact(note=1), creator.fact(note=1)])

    answer = creator.client.get("/api/v1/metrics/reads_raw?by=note").json()

    first, second = (note.public_id for note in creator.notes)
    assert {row["label"]: row["value"] for row in answer["rows"]} == {first: 1, second: 2}
    assert (answer["value"], answer["author"], answer["note"]) == (3, creator.person.handle, None)
    assert dt.date.fromisoformat(answer["until"]) == creator.today


def test_one_note_is_asked_for_by_its_id(creator: Creator) -> None:
    creator.tell([creator.fact(note=0), creator.fact(note=1), creator.fact(note=1)])
    note = creator.notes[1].public_id

    answer = creator.client.get(f"/api/v1/metrics/reads_raw?note={note}&by=surface").json()

    assert (answer["value"], answer["note"]) == (2, note)
    assert answer["rows"] == [{"label": "hot", "value": 2}]


def test_facts_are_paged_and_hide_who(creator: Creator) -> None:
    creator.tell([creator.fact() for _ in range(5)])
    path = "/api/v1/metrics/reads_raw/facts?size=3"

    first = creator.client.get(path).json()
    second = creator.client.get(f"{path}&cursor={first['next_cursor']}").json()

    assert (first["count"], first["value"], len(first["items"])) == (5, 5, 3)
    assert (len(second["items"]), second["next_cursor"]) == (2, None)
    people = {one["person"] for one in first["items"] + second["items"]}
    assert len(people) == 5
    assert not people & {fact.person for fact in creator.told}
    assert first["items"][0]["note"] == creator.notes[0].public_id


def test_a_ratio_names_the_parts_to_ask_for(creator: Creator) -> None:
    answer = creator.client.get("/api/v1/metrics/ctr/facts")

    assert (answer.status_code, answer.json()["code"]) == (422, "analytics.metric_has_no_facts")
    assert answer.json()["params"]["parts"] == "opens, impressions"


def test_a_note_is_told_from_impression_to_read(creator: Creator) -> None:
    creator.tell([creator.fact("impression"), creator.fact("open"), creator.fact(), creator.fact()])
    path = f"/api/v1/notes/{creator.notes[0].public_id}/metrics"

    assert wait_for(lambda: creator.client.get(path).json()["reads_raw"] == 2)
    answer = creator.client.get(path).json()
    other = sign_in(make_person()).get(path)

    assert answer.pop("as_of").endswith("Z")
    assert answer == {
        "note": creator.notes[0].public_id,
        "reads_raw": 2,
        "reads_valid": 2,
        "impressions": 1,
        "opens": 1,
    }
    assert (other.status_code, other.json()["code"]) == (403, "analytics.figures_are_private")


def test_only_operators_ask_for_somebody_else(creator: Creator) -> None:
    creator.tell([creator.fact()])
    path = f"/api/v1/metrics/reads_raw?author={creator.person.handle}"
    stranger, operator = make_person(), make_person(role="operator")

    refused = sign_in(stranger).get(path)
    allowed = sign_in(operator).get(path)
    token = make_token(stranger, "notes:read")
    narrow = creator.client.get(path, headers={"Authorization": f"Bearer {token}"})

    assert (refused.status_code, refused.json()["code"]) == (403, "studio.not_yours")
    assert (allowed.status_code, allowed.json()["value"]) == (200, 1)
    assert (narrow.status_code, narrow.json()["code"]) == (403, "accounts.scope_missing")


@pytest.mark.parametrize(
    "days", ["since=2024-01-01&until=2026-01-01", "until=0001-01-01", "since=9999-12-31"]
)
def test_days_are_limited(creator: Creator, days: str) -> None:
    answer = creator.client.get(f"/api/v1/metrics/likes?{days}")

    assert (answer.status_code, answer.json()["code"]) == (422, "analytics.period_invalid")


@pytest.mark.parametrize("word", ["'", "\\", "%0A", "{p0:String}", "%F0%9F%8C%BF"])
def test_a_word_from_outside_is_only_a_value(creator: Creator, word: str) -> None:
    answer = creator.client.get(f"/api/v1/metrics/likes/facts?surface={word}")

    assert (answer.status_code, answer.json()["items"]) == (200, [])
