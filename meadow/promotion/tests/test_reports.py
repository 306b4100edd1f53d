"""What a buyer is told of an order is exactly what browsers told of it, and nobody else is told."""

import dataclasses
import datetime as dt
import io
import re
from csv import DictReader
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.test import Client

from meadow.accounts.testing import make_person, sign_in
from meadow.analytics.facts import Verdict
from meadow.analytics.testing import last_message, wait_for
from meadow.analytics.tokens import HELD_OUT_ARM, SERVED_ARM, seal_token
from meadow.analytics.verdicts import publish_verdicts
from meadow.analytics.warehouse import client as warehouse_client
from meadow.core import clock
from meadow.core.ids import new_id
from meadow.core.zones import COOKIE
from meadow.ledger.testing import wallet
from meadow.notes.queries import get_checked_cards
from meadow.notes.testing import make_note
from meadow.programs.testing import admit
from meadow.promotion.models import Order, Pace
from meadow.promotion.queries.reports import read_report
from meadow.promotion.report_tables import NAMES
from meadow.promotion.services.charging import charge_delivered
from meadow.promotion.services.projecting import project_authors
from meadow.promotion.testing import make_order
from meadow.promotion.tests.paying import place, stands
from meadow.promotion.tests.showing import paid, tell, wait_until_counted
from meadow.runtime import processes
from meadow.runtime.testing import RunningEngines

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FEN = 10_000
PRICE = 30 * FEN
HOUR = dt.timedelta(hours=1)


def token(order: Order, *, arm: int = SERVED_ARM, hours_ago: float = 0.0) -> str:
    return seal_token(
        note_id=order.note_id,
        author_id=order.author_id,
        surface="hot",
        now=clock.now() - hours_ago * HOUR,
        campaign_id=order.pk,
        arm=arm,
        price=PRICE if arm == SERVED_ARM else 0,
    )


def post(client: Client, *events: tuple[str, str], agent: str = FIREFOX) -> list[str]:
    """Tell what a page saw, as facts.js does; return the ids of its facts."""
    ids = [new_id("e") for _event in events]
    told = [
        {"id": name, "k": kind, "t": sealed, "ms": 1_500}
        for name, (kind, sealed) in zip(ids, events, strict=True)
    ]
    body = orjson.dumps({"v": 1, "events": told})
    answer = client.post("/e", body, content_type="application/json", headers={"user_agent": agent})
    assert answer.status_code == 204
    return ids


def running_order(**given: Any) -> Order:
    buyer = make_person()
    wallet(str(buyer.pk), 10_000)
    note = make_note(buyer.pk, photos=0, title="Fog over the harbour")
    ends = {"starts_at": clock.now() - 2 * HOUR, "ends_at": clock.now() + 24 * HOUR}
    return place(buyer, note_id=note.pk, **(ends | given))


def owner(order: Order) -> Client:
    assert order.buyer is not None
    return sign_in(order.buyer)


@pytest.mark.django_db
def test_what_browsers_told_is_reported_to_the_last_one(warehouse: RunningEngines) -> None:
    last_message()
    order = running_order(budget=200)
    ann, ben, held = (sign_in(make_person()) for _ in range(3))
    first, again = token(order), token(order)
    ids = [
        *post(ann, ("impression", first), ("open", first), ("read", first)),
        # The same card told twice counts once; a second card of hers counts again.
        *post(ann, ("impression", first), ("impression", again)),
        *post(ben, ("impression", token(order))),
        *post(Client(), ("impression", token(order))),
        *post(ben, ("impression", token(order)), agent="curl/8.0"),
        *post(ben, ("impression", token(order, hours_ago=25))),
        *post(owner(order), ("impression", token(order))),
        *post(held, ("impression", token(order, arm=HELD_OUT_ARM))),
    ]
    wait_until_counted(ids)
    project_authors([order.author_id], now=clock.now())

    found = read_report(order.pk, clock.now())

    seen = found.delivered
    assert (seen.raw_impressions, seen.impressions, seen.invalid) == (8, 3, 4)
    assert (seen.price, seen.people, seen.opens, seen.reads, seen.ghosts) == (3 * PRICE, 2, 1, 1, 1)
    assert found.results == 1
    assert found.details is not None
    (hour,) = found.details.hours
    assert (hour.raw, hour.impressions, hour.invalid, hour.price) == (8, 3, 4, 3 * PRICE)
    reasons = {one.label: (one.invalid, one.spared) for one in found.details.reasons}
    assert reasons == dict.fromkeys(("own", "robot", "token_expired", "token_reused"), (1, PRICE))
    assert found.details.crowd.groups == {}
    assert (found.details.reads["reads_paid"], found.details.reads["reads_raw"]) == (1, 1)
    assert found.details.lift.ghosts == 1


@pytest.mark.django_db
def test_a_verdict_found_later_lowers_what_is_owed_and_the_credit_stands_in_the_report(
    warehouse: RunningEngines,
) -> None:
    order = running_order(budget=200)
    facts = [paid("impression", order, one, at=clock.now() - HOUR, price=PRICE) for one in range(4)]
    tell(facts)
    project_authors([order.author_id], now=clock.now())
    charge_delivered(order_id=order.pk, now=clock.now())
    assert stands(order) == (120, 0, 0)
    publish_verdicts(
        [
            Verdict(
                id=new_id("v"),
                fact_id=facts[0].id,
                author_id=order.author_id,
                note_id=order.note_id,
                provenance="invalid",
                reason="clockwork",
                case_id="case",
                at=int(clock.now().timestamp() * 1000),
            )
        ]
    )

    assert wait_for(lambda: bool(project_authors([order.author_id], now=clock.now())))
    charge_delivered(order_id=order.pk, now=clock.now())

    assert stands(order) == (90, 0, 0)
    page = owner(order).get(f"/promote/{order.public_id}/report").content.decode()
    assert "Given back" in page
    assert "¥0.30" in page
    found = read_report(order.pk, clock.now())
    assert [one.kind for one in found.given_back] == ["credited"]


@pytest.mark.django_db
def test_the_page_its_files_and_lift_show_the_same_figures(warehouse: RunningEngines) -> None:
    order = running_order(budget=1_000)
    at = clock.now() - HOUR
    tell(
        [
            *(paid("impression", order, one, at=at, price=PRICE) for one in range(4)),
            *(paid("open", order, one, at=at) for one in range(2)),
            paid("read", order, 0, at=at),
        ]
    )
    project_authors([order.author_id], now=clock.now())
    began = order.starts_at.timestamp()
    course = [
        {"began": began, "planned": 40_000, "spent": 50_000, "opportunities": 9},
        {"began": began + 3_600, "planned": 30_000, "spent": 5_000, "opportunities": 1},
        {"began": began + 36_000, "planned": 20_000, "spent": 0, "opportunities": 0},
    ]
    Pace.objects.filter(order=order).update(course=course)
    client, here = owner(order), f"/promote/{order.public_id}"

    page = client.get(f"{here}/report").content.decode()

    assert 'data-figure="impressions"\n              data-value="4">4</span>' in page
    assert "Not enough data yet" in page
    assert "Fog over the harbour" in page
    # Its live part alone, for htmx.
    part = client.get(f"{here}/report", headers={"HX-Request": "true"}).content.decode()
    assert 'data-value="4">4</span>' in part
    assert "<html" not in part
    files = {
        name: client.get(f"{here}/report.csv?table={name}").content.decode("utf-8-sig")
        for name in NAMES
    }
    rows = {row["Figure"]: row["So far"] for row in DictReader(io.StringIO(files["figures"]))}
    assert (rows["Impressions, valid"], rows["Opens"], rows["Reads"]) == ("4", "2", "1")
    assert rows["Cost of valid impressions"] == "1.2"
    costs = {row["What"]: row["Cost"] for row in DictReader(io.StringIO(files["costs"]))}
    assert (costs["1,000 valid impressions"], costs["One read"], costs["One follow"]) == (
        *("300.0", "1.2", ""),
    )
    pace = [(row["Spent"], row["Planned"]) for row in DictReader(io.StringIO(files["pace"]))]
    assert pace == [("0.0", "0.0"), ("0.05", "0.04"), ("0.055", "0.07"), ("", "0.09")]
    assert files["lift_reads"].strip() == "Nothing yet"
    # Hours and moments are on the reader's clock, and say so: those of Kolkata begin at half past.
    full, kolkata = at.replace(minute=0, second=0, microsecond=0), ZoneInfo("Asia/Kolkata")
    there = full.astimezone(kolkata)
    assert f"{full:%H:%M}," in files["hours"].replace('"', "")
    assert "Hour (UTC)" in files["hours"]
    client.cookies[COOKIE] = "Asia/Kolkata"
    hours = client.get(f"{here}/report.csv?table=hours").content.decode("utf-8-sig")
    (row,) = DictReader(io.StringIO(hours))
    assert row["Hour (Asia/Kolkata)"].endswith(f"{there:%H}:30")
    in_kolkata = [
        client.get(f"{here}/{name}", headers=headers).content.decode()
        for name in ("report", "lift")
        for headers in ({}, {"HX-Request": "true"})
    ]
    assert [page for page in in_kolkata if "UTC" in page.replace(" UTC</time>", "")] == []
    for page in in_kolkata[:2]:
        assert f'data-short="{there.month}/{there.day} {there:%H}:30"' in page
        assert "Impressions of each hour (Asia/Kolkata)" in page
        assert re.search(r"Counted until [0-9:]{8} \(Asia/Kolkata\)\.", page)
    del client.cookies[COOKIE]
    assert "How this is known" in client.get(f"{here}/lift").content.decode()
    api = f"/api/v1/promotion/orders/{order.public_id}"
    told = client.get(f"{api}/report").json()
    assert (told["delivered"]["impressions"], told["spent"], told["results"]) == (4, 120, 1)
    assert told["delivered"]["cost"] == 4 * PRICE
    told_pace = [(point["planned"], point["spent"]) for point in told["pace"]]
    assert told_pace == [(0, 0), (40_000, 50_000), (70_000, 55_000), (90_000, None)]
    (hour,) = client.get(f"{api}/hours").json()["items"]
    assert (hour["impressions"], hour["opens"], hour["reads"]) == (4, 2, 1)
    reads, follows = client.get(f"{api}/lift").json()["outcomes"]
    assert (reads["outcome"], reads["verdict"], follows["people_boosted"]) == (
        *("reads", "not_enough_data", 0),
    )
    assert client.get(f"{here}/report.csv?table=nothing").status_code == 404


@pytest.mark.django_db
def test_before_the_first_impression_a_report_says_what_will_be_there(
    warehouse: RunningEngines,
) -> None:
    last_message()
    order = running_order()

    page = owner(order).get(f"/promote/{order.public_id}/report").content.decode()

    assert "Nobody has been shown it yet" in page


@pytest.mark.django_db
def test_only_the_buyer_and_operators_read_a_report(warehouse: RunningEngines) -> None:
    order = running_order()
    stranger, operator = make_person(), make_person(role="operator")
    paths = [f"/promote/{order.public_id}{end}" for end in ("/report", "/report.csv", "/lift")]

    for path in paths:
        assert Client().get(path).status_code == 302
        assert sign_in(stranger).get(path).status_code == 404
        assert sign_in(operator).get(path).status_code == 200
        assert owner(order).get(path).status_code == 200
    operators = f"/operator/promotion/orders/{order.public_id}"
    assert f'href="{operators}"' in sign_in(operator).get(paths[0]).content.decode()
    assert f'href="{paths[0]}"' in sign_in(operator).get(operators).content.decode()


@pytest.mark.django_db
def test_a_report_stands_while_the_warehouse_is_away(
    warehouse: RunningEngines, settings: Any
) -> None:
    order = running_order()
    tell([paid("impression", order, 1, at=clock.now() - HOUR)])
    project_authors([order.author_id], now=clock.now())
    nowhere = f"http://meadow:x@127.0.0.1:{processes.free_port()}"
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, clickhouse_url=nowhere)
    warehouse_client._local.client = None

    page = owner(order).get(f"/promote/{order.public_id}/report").content.decode()

    assert "is away for a moment" in page
    assert 'data-value="1">1</span>' in page
    warehouse_client._local.client = None


@pytest.mark.django_db
def test_a_report_takes_as_many_questions_however_much_was_delivered(
    warehouse: RunningEngines, django_assert_max_num_queries: Any
) -> None:
    order = running_order()
    tell([paid("impression", order, one, at=clock.now() - HOUR) for one in range(80)])
    project_authors([order.author_id], now=clock.now())
    read_report(order.pk, clock.now())

    with django_assert_max_num_queries(3):
        read_report(order.pk, clock.now())


@pytest.mark.django_db
def test_what_was_not_spent_is_said_in_words() -> None:
    now = clock.now()
    order = make_order(
        buyer=make_person(), now=now - 30 * HOUR, state="finished", ended_at=now - HOUR
    )

    found = read_report(order.pk, now)

    assert (found.is_empty, found.details is None or found.details.hours == []) == (True, True)


@pytest.mark.django_db
def test_the_studio_shows_the_figures_of_the_report(warehouse: RunningEngines) -> None:
    order = running_order(budget=1_000)
    assert order.buyer is not None
    admit(order.buyer.pk, "creator-center")
    at = clock.now() - HOUR
    tell(
        [
            *(paid("impression", order, one, at=at, price=PRICE) for one in range(3)),
            *(paid("read", order, one, at=at) for one in range(2)),
        ]
    )
    project_authors([order.author_id], now=clock.now())
    client = owner(order)
    note = get_checked_cards([order.note_id])[0].public_id

    overview = client.get("/studio").content.decode()
    page = client.get(f"/studio/notes/{note}").content.decode()

    for shown in (overview, page):
        assert "2 paid reads of 3 impressions" in shown
        assert f'href="/promote/{order.public_id}/report"' in shown
    assert "Not enough data yet" in page
    report = client.get(f"/promote/{order.public_id}/report").content.decode()
    assert 'data-figure="reads"\n              data-value="2">2</span>' in report
