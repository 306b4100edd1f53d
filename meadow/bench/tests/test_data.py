"""The community of the feed's bench can be built, and each of its readers has full pages before them."""

import pytest
from django.test import Client

from meadow.bench import data
from meadow.core.clock import now
from meadow.feed.testing import forget_feed


@pytest.mark.django_db
def test_a_small_community_has_full_pages_for_readers_with_and_without_a_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, count in {"AUTHORS": 5, "READERS": 5, "OWN_NOTES": 30, "LIKES_EACH": 3}.items():
        monkeypatch.setattr(data, name, count)
    forget_feed()

    made = data.build_community(notes=120, now=now())

    pages = [
        Client(headers={"Cookie": cookie}).get("/").content.decode() for cookie in made.cookies
    ]
    assert [page.count("<article") for page in pages] == [20] * 5
    assert all("person" in page for page in pages)
