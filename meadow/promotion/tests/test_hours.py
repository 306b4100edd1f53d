"""Hours of the day as they are kept, in UTC, and as they are shown, on the clock of who reads them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.translation import override

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.core.zones import COOKIE, Dial, dial_of
from meadow.programs import checks
from meadow.programs.models import Program
from meadow.programs.testing import admit, ensure_program
from meadow.promotion.audience_forms import AudienceForm, initial_of
from meadow.promotion.audiences.definition import from_json, to_json
from meadow.promotion.audiences.words import say_hours
from meadow.promotion.models import SavedAudience
from meadow.promotion.queries.audiences import words_of
from meadow.promotion.report_cells import say_time
from meadow.promotion.report_words import short_time
from meadow.promotion.testing import make_order

SUMMER = dt.datetime(2026, 7, 15, 12, 0, tzinfo=dt.UTC)
WINTER = dt.datetime(2026, 1, 15, 12, 0, tzinfo=dt.UTC)
SHANGHAI, KOLKATA = Dial("Asia/Shanghai", 480), Dial("Asia/Kolkata", 330)
EVENING = {"all": [{"in": "active_hour", "values": ["12", "13"]}]}


@pytest.mark.parametrize(
    ("hours", "dial", "said"),
    [
        ([12, 13], Dial(), "12:00–14:00"),
        ([12, 13], SHANGHAI, "20:00–22:00"),
        ([12, 13], KOLKATA, "17:30–19:30"),
        ([12], Dial("Asia/Kathmandu", 345), "17:45–18:45"),
        ([3], Dial("America/New York", -240), "23:00–24:00"),
        # Over midnight it is one stretch, and the half past midnight another day's.
        ([14, 15, 16, 17], SHANGHAI, "22:00–02:00"),
        ([18], KOLKATA, "23:30–00:30"),
        ([17, 18, 19, 3], KOLKATA, "08:30–09:30 or 22:30–01:30"),
        (list(range(24)), SHANGHAI, "00:00–24:00"),
        (list(range(24)), KOLKATA, "00:00–24:00"),
        ([8, 9, 23], Dial(), "08:00–10:00 or 23:00–24:00"),
    ],
)
def test_hours_are_said_as_stretches_of_a_clocks_day(
    hours: list[int], dial: Dial, said: str
) -> None:
    assert say_hours(hours, dial=dial) == said


def test_an_audience_is_said_with_the_zone_of_its_hours() -> None:
    audience = from_json(EVENING)

    assert words_of(audience) == "often here at 12:00–14:00 (UTC)"
    assert words_of(audience, dial=SHANGHAI) == "often here at 20:00–22:00 (Asia/Shanghai)"


@pytest.mark.parametrize(
    ("zone", "first", "label"),
    [
        (Dial(), "0", "12:00"),
        (SHANGHAI, "16", "20:00"),
        (KOLKATA, "19", "17:30"),
        (Dial("America/New York", -240), "4", "08:00"),
        (Dial("Pacific/Kiritimati", 840), "10", "02:00"),
    ],
)
@pytest.mark.django_db
def test_chosen_hours_are_utc_whatever_clock_they_were_chosen_on(
    zone: Dial, first: str, label: str
) -> None:
    person = make_person()
    sent = QueryDict("who-active_hour=12&who-active_hour=13")

    form = AudienceForm(sent, person_id=person.pk, dial=zone)

    hours = form["active_hour"]
    assert form.is_valid()
    assert to_json(form.read_definition()) == EVENING
    # The day begins with its own first hour, and every hour of UTC is in it once.
    choices = dict(form.fields["active_hour"].choices)  # type: ignore[attr-defined]
    assert next(iter(choices)) == first
    assert sorted(choices, key=int) == [str(hour) for hour in range(24)]
    assert list(choices.values()) == sorted(choices.values())
    assert choices["12"] == label
    assert f"By the clock of {zone.name}:" in str(hours.help_text)
    shown = AudienceForm(initial=initial_of(form.read_definition()), person_id=person.pk, dial=zone)
    ticked = [one.choice_label for one in shown["active_hour"] if one.data["selected"]]
    assert ticked == [label, choices["13"]]


def test_where_clocks_change_an_audience_stays_and_is_said_an_hour_off() -> None:
    new_york = ZoneInfo("America/New_York")

    said = [say_hours([12, 13], dial=dial_of(new_york, now)) for now in (WINTER, SUMMER)]

    assert said == ["07:00–09:00", "08:00–10:00"]


@pytest.mark.parametrize(
    ("at", "zone", "said", "short"),
    [
        ("2026-05-03T17:00", "UTC", "May 3, 2026 17:00", "5/3 17:00"),
        ("2026-05-03T17:00", "Asia/Shanghai", "May 4, 2026 01:00", "5/4 01:00"),
        ("2026-05-03T17:00", "Asia/Kolkata", "May 3, 2026 22:30", "5/3 22:30"),
        # The night on which 2:00 comes twice.
        ("2026-10-25T00:00", "Europe/Berlin", "Oct. 25, 2026 02:00 (+02:00)", "10/25 02:00"),
        ("2026-10-25T01:00", "Europe/Berlin", "Oct. 25, 2026 02:00 (+01:00)", "10/25 02:00"),
        ("2026-10-25T02:00", "Europe/Berlin", "Oct. 25, 2026 03:00", "10/25 03:00"),
        # The night on which 2:00 does not come.
        ("2026-03-29T01:00", "Europe/Berlin", "March 29, 2026 03:00", "3/29 03:00"),
    ],
)
def test_a_moment_of_a_table_is_on_the_clock_of_its_zone(
    at: str, zone: str, said: str, short: str
) -> None:
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)

    assert say_time(moment, ZoneInfo(zone)) == said
    assert short_time(moment, ZoneInfo(zone)) == short


@pytest.fixture
def buyer(db: None) -> Person:
    """Somebody who may order."""
    ensure_program("promotion")
    Program.objects.filter(slug="promotion").update(is_built=True)
    checks.forget_programs()
    person = make_person()
    admit(person.pk, "promotion")
    return person


def browser_in(zone: str, person: Person) -> Client:
    """Return the browser of somebody in a zone."""
    client = sign_in(person)
    client.cookies[COOKIE] = zone
    return client


def test_a_kept_audience_means_the_same_hours_to_every_reader(buyer: Person) -> None:
    shanghai, kolkata = browser_in("Asia/Shanghai", buyer), browser_in("Asia/Kolkata", buyer)
    bent, plain = browser_in("../../etc/passwd", buyer), sign_in(buyer)

    answer = shanghai.post(
        "/promote/audiences/new",
        {"who-name": "Evenings", "who-active_hour": ["12", "13"], "act": "keep"},
    )

    assert answer.status_code == 302
    kept = SavedAudience.objects.get()
    assert kept.definition == EVENING
    pages = [one.get("/promote/audiences").content.decode() for one in (shanghai, kolkata)]
    assert "often here at 20:00–22:00 (Asia/Shanghai)" in pages[0]
    assert "often here at 17:30–19:30 (Asia/Kolkata)" in pages[1]
    for browser in (bent, plain):
        page = browser.get("/promote/audiences").content.decode()
        assert "often here at 12:00–14:00 (UTC)" in page
    form = shanghai.get(f"/promote/audiences/{kept.public_id}").content.decode()
    assert "By the clock of Asia/Shanghai:" in form
    assert "UTC" not in form
    # Software is told UTC, whatever a browser says beside it.
    (told,) = shanghai.get("/api/v1/promotion/audiences").json()["items"]
    assert (told["definition"], told["words"]) == (EVENING, "often here at 12:00–14:00 (UTC)")


def test_an_orders_pages_say_one_zone(buyer: Person) -> None:
    order = make_order(buyer=buyer, now=clock.now(), audience=EVENING)
    browser = browser_in("Asia/Shanghai", buyer)

    pages = [
        browser.get(f"/promote/{order.public_id}{end}").content.decode() for end in ("", "/edit")
    ]

    assert "often here at 20:00–22:00 (Asia/Shanghai)" in pages[0]
    assert "By the clock of Asia/Shanghai:" in pages[1]
    for page in pages:
        assert "(UTC)" not in page


@pytest.mark.usefixtures("words")
def test_the_zone_is_named_in_chinese_too() -> None:
    with override("zh-hans"):
        said = words_of(from_json(EVENING), dial=SHANGHAI)

    assert said == "常在 20:00–22:00（Asia/Shanghai）在线"
