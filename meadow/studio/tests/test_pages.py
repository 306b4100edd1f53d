"""What creators see: the same number everywhere, and the facts behind each."""

import csv
import dataclasses
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.analytics.testing import wait_for
from meadow.analytics.warehouse import client as warehouse_client
from meadow.core import clock
from meadow.notes.models import Note
from meadow.notes.testing import make_note
from meadow.programs import checks
from meadow.programs.checks import CACHE_SECONDS
from meadow.programs.services.suspensions import suspend
from meadow.programs.testing import admit, ensure_program
from meadow.studio.tests.conftest import Creator

PAGES = ("/studio", "/studio/notes", "/studio/followers", "/studio/facts?metric=reads_raw")


def text_of(client: Client, path: str, **headers: str) -> str:
    """Return a page that answers."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.content.decode()[:500])
    return str(answer.content.decode())


def figures(page: str) -> dict[str, str]:
    """Return the headline figures by metric."""
    return dict(re.findall(r'data-figure="(\w+)"\s+data-value="([^"]*)"', page))


def lines_of(client: Client, path: str) -> list[list[str]]:
    """Return the lines of a CSV file."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def tables_of(page: str, chart: str) -> list[list[str]]:
    """Return the numbers in the table of a chart card, a list a row."""
    card = page[page.index(f'id="chart-{chart}"') :]
    body = card[card.index("<tbody>") : card.index("</tbody>")]
    return [re.findall(r'data-value="([^"]*)"', row) for row in body.split("<tr>")[1:]]


def test_chart_table_file_and_api_are_the_same_numbers(creator: Creator) -> None:
    creator.tell(
        [creator.fact(days_ago=days) for days in (0, 0, 0, 1, 6, 30)]
        + [creator.fact(days_ago=1, signed_in=False)]
        + [creator.fact(days_ago=2, provenance="invalid", reason="robot")]
    )
    until = creator.today
    since = until - dt.timedelta(days=6)
    token = make_token(creator.person, "analytics:read")
    api = creator.client.get(
        f"/api/v1/metrics/reads_valid?since={since}&until={until}&by=day",
        headers={"Authorization": f"Bearer {token}"},
    ).json()

    page = text_of(creator.client, "/studio?period=7")
    table = tables_of(page, "reads")
    file_url = re.search(r'href="(/studio/series\.csv\?[^"]*)"', page)
    assert file_url is not None
    lines = lines_of(creator.client, file_url[1].replace("&amp;", "&"))

    valid = [1, 0, 0, 0, 0, 1, 3]
    raw = [1, 0, 0, 0, 1, 2, 3]
    assert [row["value"] for row in api["rows"]] == valid
    assert api["value"] == sum(valid)
    assert [[int(cell) for cell in row[:2]] for row in table] == [
        [v, r] for v, r in zip(valid, raw, strict=True)
    ]
    assert [line[:3] for line in lines[1:]] == [
        [row["label"], str(v), str(r)] for row, v, r in zip(api["rows"], valid, raw, strict=True)
    ]
    shown = figures(page)
    assert shown["reads_valid"] == "5"
    assert (shown["reads_raw"], shown["reads_invalid"], shown["reads_organic"]) == ("7", "1", "6")
    assert api["as_of"] is not None
    assert re.search(r"Counted until \d\d:\d\d:\d\d UTC", page)


def test_a_number_opens_to_as_many_facts(creator: Creator) -> None:
    creator.tell(
        [
            creator.fact(),
            creator.fact(surface="search"),
            creator.fact("like", surface="note"),
            creator.fact(provenance="invalid", reason="robot", person="c" * 32),
        ]
    )
    page = text_of(creator.client, f"/studio/notes/{creator.notes[0].public_id}")
    for metric, number in figures(page).items():
        link = re.search(rf'href="([^"]*)"\s+data-figure="{metric}"', page)
        assert link is not None
        facts = text_of(creator.client, link[1].replace("&amp;", "&"))
        assert figures(facts)[metric] == number

    raw = text_of(
        creator.client, f"/studio/facts?metric=reads_raw&note={creator.notes[0].public_id}"
    )

    assert raw.count("data-fact=") == 3
    assert "The client says that it is a robot" in raw
    assert "c" * 32 not in raw
    assert creator.person.pseudonym not in raw


def test_facts_come_a_page_at_a_time(creator: Creator) -> None:
    creator.tell([creator.fact() for _ in range(60)])

    first = text_of(creator.client, "/studio/facts?metric=reads_raw")
    more = re.search(r'rel="next" href="([^"]*)"', first)
    assert more is not None
    second = text_of(creator.client, more[1].replace("&amp;", "&"))

    seen = re.findall(r'data-fact="(\w+)"', first) + re.findall(r'data-fact="(\w+)"', second)
    assert (first.count("data-fact="), second.count("data-fact=")) == (50, 10)
    assert len(seen) == 60
    assert figures(second)["reads_raw"] == "60"


def test_the_notes_table_sorts_and_keeps_what_is_gone(creator: Creator) -> None:
    creator.tell(
        [creator.fact(note=1) for _ in range(3)]
        + [creator.fact(note=0, kind="like"), creator.fact(note=0)]
    )
    Note.objects.filter(pk=creator.notes[1].pk).update(state="deleted", deleted_at=clock.now())

    by_reads = lines_of(creator.client, "/studio/notes.csv?sort=reads_valid")
    by_likes = lines_of(creator.client, "/studio/notes.csv?sort=likes")
    up = lines_of(creator.client, "/studio/notes.csv?sort=likes&order=asc")
    page = text_of(creator.client, "/studio/notes?sort=likes")

    gone = "A note that is no longer there"
    assert [line[1] for line in by_reads[1:]] == [gone, "Fog over the harbour"]
    assert [line[3] for line in by_reads[1:]] == ["3", "1"]
    assert [line[1] for line in by_likes[1:]] == ["Fog over the harbour", gone]
    assert [line[1] for line in up[1:]] == [gone, "Fog over the harbour"]
    assert 'aria-sort="descending"' in page
    assert page.index("Fog over the harbour") < page.index(gone)


def test_the_notes_table_goes_on_where_it_ended(creator: Creator) -> None:
    for number in range(30):
        make_note(creator.person.pk, title=f"Note {number}", photos=0)

    first = text_of(creator.client, "/studio/notes?sort=likes")
    more = re.search(r'rel="next" href="([^"]*)"', first)
    assert more is not None
    second = text_of(creator.client, more[1].replace("&amp;", "&"))

    ids = [re.findall(r'href="/studio/notes/(n\w+)', page) for page in (first, second)]
    assert [len(found) for found in ids] == [25, 7]
    assert len(set(ids[0] + ids[1])) == 32


def test_a_title_is_no_formula_in_a_spreadsheet(creator: Creator) -> None:
    titles = [line[1] for line in lines_of(creator.client, "/studio/notes.csv")[1:]]

    assert "'=HYPERLINK(1)" in titles


def test_followers_end_at_the_number_on_the_profile(creator: Creator) -> None:
    creator.tell(
        [
            creator.fact("follow", days_ago=3),
            creator.fact("follow", days_ago=3),
            creator.fact("follow", days_ago=1, provenance="invalid", reason="ring"),
            creator.fact("unfollow", days_ago=0),
        ]
    )
    creator.person.follower_count = 12
    creator.person.save()

    lines = lines_of(creator.client, "/studio/followers.csv?period=7")
    page = text_of(creator.client, "/studio/followers?period=7")

    assert [line[1:] for line in lines[1:]] == [
        ["0", "0", "0", "10"],
        ["0", "0", "0", "10"],
        ["0", "0", "0", "10"],
        ["2", "0", "2", "12"],
        ["0", "0", "0", "12"],
        ["1", "0", "1", "13"],
        ["0", "1", "-1", "12"],
    ]
    assert [row[0] for row in tables_of(page, "followers")] == [line[4] for line in lines[1:]]
    assert figures(page)["followers_change"] == "2"


def test_the_next_visit_says_what_changed(
    creator: Creator, monkeypatch: pytest.MonkeyPatch
) -> None:
    creator.tell([creator.fact()])
    moment = clock.now()
    monkeypatch.setattr("meadow.studio.views.now", lambda: moment)
    first = text_of(creator.client, "/studio")
    creator.tell([creator.fact(), creator.fact("like"), creator.fact("follow")])

    moment += dt.timedelta(minutes=5)
    same_visit = text_of(creator.client, "/studio")
    moment += dt.timedelta(minutes=31)
    creator.tell([creator.fact()])
    next_visit = text_of(creator.client, "/studio")
    reloaded = text_of(creator.client, "/studio")

    assert "Since you last looked" not in first
    assert "Since you last looked" not in same_visit
    assert "1 new valid read" in next_visit
    assert "1 new valid read" in reloaded
    assert "1 like<" not in next_visit


def test_an_operator_looks_without_being_remembered(creator: Creator) -> None:
    operator = make_person(role="operator")
    creator.tell([creator.fact()])

    page = text_of(sign_in(operator), f"/studio?author={creator.person.handle}")

    assert figures(page)["reads_valid"] == "1"
    assert f"author={creator.person.handle}" in page
    assert "You are an operator" in page
    text_of(creator.client, "/studio")
    assert "Since you last looked" not in text_of(creator.client, "/studio")


@pytest.mark.parametrize(
    "path",
    [
        "/studio?period=9",
        "/studio?since=2026-01-02&until=2026-01-01",
        "/studio?since=2025-01-01&until=2026-01-01",
        "/studio?since=yesterday",
        "/studio/notes?sort=wishes",
        "/studio/facts?metric=likes&hour=24",
        "/studio/facts?metric=likes&provenance=odd",
        "/studio/facts?metric=likes&since=2024-01-01&until=2026-01-01",
        "/studio/facts?metric=likes&since=0001-01-01&until=0001-01-02",
        "/studio/series.csv?metrics=likes&since=9999-12-30&until=9999-12-31",
        "/studio/series.csv?metrics=",
        "/studio/series.csv?metrics=likes&by=week",
        "/studio/followers?since=2026-01-01&until=2026-01-03",
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(creator: Creator, path: str) -> None:
    assert creator.client.get(path).status_code == 422


@pytest.mark.parametrize(
    "path", ["/studio/facts?metric=wishes", "/studio/facts?note=%C3%BC", "/studio/notes/nNowhere"]
)
def test_what_is_not_there_is_not_found(creator: Creator, path: str) -> None:
    assert creator.client.get(path).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_studio_says_what_will_be_here(creator: Creator, path: str) -> None:
    person = make_person()
    admit(person.pk, "creator-center")

    page = text_of(sign_in(person), path)

    assert "Write a note" in page or path.startswith(("/studio/f",))


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*PAGES, "/studio/facts?metric=likes", "/studio/notes.csv"])
def test_who_is_not_in_is_led_to_the_reason(path: str) -> None:
    ensure_program("creator-center")
    stranger = sign_in(make_person())

    page = stranger.get(path)
    fragment = stranger.get(path, headers={"HX-Request": "true"})
    figures = stranger.get("/api/v1/metrics/likes")

    assert (page.status_code, page["Location"]) == (302, "/programs/creator-center/me")
    assert fragment["HX-Redirect"] == "/programs/creator-center/me"
    assert (figures.status_code, figures.json()["code"]) == (403, "programs.capability_closed")


def test_whose_place_is_taken_away_is_out_on_every_surface_within_five_seconds(
    creator: Creator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CACHE_SECONDS", CACHE_SECONDS)
    note = f"/studio/notes/{creator.notes[0].public_id}"
    assert creator.client.get(note).status_code == 200

    suspend(
        slug="creator-center",
        person_id=creator.person.pk,
        words="A rest.",
        until=None,
        operator_id=make_person(role="operator").pk,
        now=clock.now(),
    )

    # Another process learns it within a second; this one at once, had the test's transaction ended.
    assert wait_for(lambda: creator.client.get(note).status_code == 302, seconds=60)
    assert creator.client.get("/api/v1/metrics/likes").status_code == 403


@pytest.mark.parametrize("path", [*PAGES, "note"])
def test_pages_open_while_the_warehouse_is_away(creator: Creator, settings: Any, path: str) -> None:
    path = f"/studio/notes/{creator.notes[0].public_id}" if path == "note" else path
    url = "http://meadow:x@127.0.0.1:9"
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, clickhouse_url=url)
    warehouse_client._local.client = None
    try:
        page = text_of(creator.client, path)
        api = creator.client.get("/api/v1/metrics/likes")
    finally:
        warehouse_client._local.client = None

    assert "is away for a moment" in page
    assert 'hx-trigger="every 5s"' in page
    assert (api.status_code, api.json()["code"]) == (503, "engine_unavailable")


@pytest.mark.parametrize("path", [*PAGES, "note"])
def test_htmx_gets_the_live_part_alone(creator: Creator, path: str) -> None:
    path = f"/studio/notes/{creator.notes[0].public_id}" if path == "note" else path

    part = text_of(creator.client, path, **{"HX-Request": "true"})

    assert "<html" not in part
    assert "<h1" not in part
    assert 'id="studio-live"' not in part
    assert "UTC" in part


@pytest.mark.parametrize(
    ("path", "statements", "questions"),
    [
        ("/studio", 6, 3),
        ("/studio/notes", 4, 3),
        ("note", 5, 5),
        ("/studio/followers", 2, 1),
        ("/studio/facts?metric=reads_valid", 3, 2),
    ],
)
def test_pages_ask_little(
    creator: Creator, trips: list[str], path: str, statements: int, questions: int
) -> None:
    path = f"/studio/notes/{creator.notes[0].public_id}" if path == "note" else path
    creator.tell([creator.fact(), creator.fact(note=1), creator.fact("follow")])
    text_of(creator.client, path)
    trips.clear()

    with CaptureQueriesContext(connection) as asked:
        text_of(creator.client, path)

    own = [one["sql"] for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(own) <= statements, own
    assert len(trips) <= questions, trips


def test_the_studio_speaks_chinese(creator: Creator, words: None) -> None:
    creator.tell([creator.fact(), creator.fact(provenance="invalid", reason="robot")])
    chinese = {"Accept-Language": "zh-CN"}

    page = text_of(creator.client, "/studio", **chinese)
    facts = text_of(creator.client, "/studio/facts?metric=reads_invalid", **chinese)
    api = creator.client.get("/api/v1/metrics", headers=chinese).json()

    assert "有效阅读" in page
    assert "自然" in page
    assert "机器人" in facts
    assert next(one["name"] for one in api["items"] if one["key"] == "reach") == "触达人数"
    assert "Counted until" not in page
