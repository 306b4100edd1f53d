"""The zone that a reader's browser tells of, and what is no zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory

from meadow.core.zones import COOKIE, Dial, find_zone, name_zone, reader_dial, reader_zone

WINTER = dt.datetime(2026, 1, 15, 12, 0, tzinfo=dt.UTC)
SUMMER = dt.datetime(2026, 7, 15, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "now", "dial"),
    [
        ("Asia/Shanghai", WINTER, Dial("Asia/Shanghai", 480)),
        ("Asia/Kolkata", WINTER, Dial("Asia/Kolkata", 330)),
        # An older name, as some browsers still say it.
        ("Asia/Katmandu", WINTER, Dial("Asia/Katmandu", 345)),
        ("America/New_York", WINTER, Dial("America/New York", -300)),
        ("America/New_York", SUMMER, Dial("America/New York", -240)),
        ("UTC", SUMMER, Dial("UTC", 0)),
    ],
)
def test_a_reader_has_the_clock_of_their_zone_as_it_goes_now(
    name: str, now: dt.datetime, dial: Dial
) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = name

    assert reader_dial(request, now) == dial


@pytest.mark.parametrize(
    "told",
    [
        *("", " ", "shanghai", "asia/shanghai", "Asia", "Asia/", "+08:00", "Mars/Olympus", "None"),
        *("../../../etc/passwd", "/usr/share/zoneinfo/Asia/Shanghai", "Asia/../Asia/Shanghai"),
        *("right/Asia/Shanghai", "posix/Asia/Shanghai", "Asia/Shanghai\x00", "Asia%2FShanghai"),
        *("<b>Asia</b>", "上海", "A" * 5_000, "tzdata.zi", "zone.tab"),
    ],
)
def test_what_is_no_zone_is_utc(told: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = told

    assert find_zone(told) is None
    assert reader_zone(request) == ZoneInfo("UTC")
    assert reader_dial(request, SUMMER) == Dial()


def test_without_a_cookie_it_is_utc_and_names_are_read_as_words() -> None:
    assert reader_zone(RequestFactory().get("/")).key == "UTC"
    assert name_zone(ZoneInfo("America/Port_of_Spain")) == "America/Port of Spain"
