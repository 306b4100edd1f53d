"""What many look for: from their searches through the stream and the warehouse to the page."""

import datetime as dt

import pytest
from django.test import Client

from meadow.analytics.searches import popular_terms, publish_search
from meadow.analytics.services import send_activity
from meadow.analytics.testing import wait_for
from meadow.core.clock import now
from meadow.core.errors import EngineUnavailable
from meadow.runtime.testing import RunningEngines
from meadow.search.models import PopularSearch
from meadow.search.services.habits import renew_popular

pytestmark = pytest.mark.django_db
TERM = "银杏 fern"


def tell(term: str, people: int) -> None:
    at = now()
    for number in range(people):
        person = f"{number:032x}"
        publish_search(term=term, found=3, person=person, mark="", at=at, now=at)


def has_arrived() -> bool:
    """Send what waits for a stream that the warehouse is about to make; say whether it is counted."""
    try:
        send_activity()
        found = popular_terms(since=now() - dt.timedelta(days=7), people=5, most=1000)
    except EngineUnavailable:
        return False
    return (TERM, 5) in found


def test_what_five_people_searched_for_is_offered_and_what_four_did_is_not(
    warehouse: RunningEngines, client: Client
) -> None:
    tell("one name", 4)
    tell(TERM, 5)
    assert wait_for(has_arrived, seconds=40)

    renew_popular(now=now())

    assert PopularSearch.objects.filter(text=TERM, people=5, is_rising=True).exists()
    assert not PopularSearch.objects.filter(text="one name").exists()
    assert TERM in client.get("/search").content.decode()
    offered = client.get("/api/v1/search/suggest").json()
    assert {"rising"} == {one["kind"] for one in offered if one["text"] == TERM}
