"""Whatever the index still holds: nobody is shown what they may not see, by whichever way it was found."""

import datetime as dt
from itertools import product

import pytest

from meadow.accounts.models import Person
from meadow.accounts.services import block_person, follow_person
from meadow.accounts.testing import make_person
from meadow.notes.models import Note
from meadow.notes.testing import make_note, make_topic
from meadow.search.asking import Filters, ask
from meadow.search.models import IndexedNote
from meadow.search.queries import candidates
from meadow.search.queries.names import find_topics
from meadow.search.queries.notes import bodies_of
from meadow.search.queries.suggestions import suggest
from meadow.search.results import make_results
from meadow.search.searching import search_notes
from meadow.search.services.indexing import index_notes, index_person
from meadow.search.services.rebuild import rebuild

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 2, 12, 0, tzinfo=dt.UTC)
STATES = ("published", "deleted")
VISIBILITIES = ("public", "followers", "private")
AUTHORS = ("stranger", "followed", "blocks", "blocked", "gone")


class World:
    """A note for each way to be shown or not, all indexed while everybody could see them."""

    def __init__(self) -> None:
        self.viewer = make_person("the_viewer").pk
        self.authors = {name: make_person(f"fern_{name}").pk for name in AUTHORS}
        self.notes: dict[int, tuple[str, str, str, bool]] = {}
        for author, state, visibility, hidden in product(
            AUTHORS, STATES, VISIBILITIES, (False, True)
        ):
            note = make_note(
                self.authors[author], title="Fern 露营", body="Secret moss", photos=0, now=NOW
            )
            self.notes[note.pk] = (author, state, visibility, hidden)
        make_topic("fern", *Note.objects.filter(pk__in=self.notes))
        index_notes(note_ids=list(self.notes), now=NOW - dt.timedelta(hours=1))
        for person_id in self.authors.values():
            index_person(person_id=person_id)
        for pk, (_, state, visibility, hidden) in self.notes.items():
            Note.objects.filter(pk=pk).update(
                state=state,
                visibility=visibility,
                hidden_at=NOW if hidden else None,
                deleted_at=NOW if state == "deleted" else None,
            )
        authors = self.authors
        follow_person(follower_id=self.viewer, followed_id=authors["followed"], now=NOW)
        block_person(blocker_id=self.viewer, blocked_id=authors["blocked"], now=NOW)
        block_person(blocker_id=authors["blocks"], blocked_id=self.viewer, now=NOW)
        Person.objects.filter(pk=authors["gone"]).update(is_active=False)

    def shown(self, *, signed_in: bool) -> set[int]:
        """Return what may be found, said as plainly as can be."""
        apart = {"gone", "blocks", "blocked"} if signed_in else {"gone"}
        return {
            pk
            for pk, (author, state, visibility, hidden) in self.notes.items()
            if (state, visibility, hidden) == ("published", "public", False) and author not in apart
        }


WAYS = ("inverted", "walk", "top")


def go(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have candidates found in one way alone."""
    inverted = candidates._INVERTED
    monkeypatch.setattr(candidates, "ENOUGH", 0)
    monkeypatch.setattr(candidates, "WALK_WITHIN", 10**9 if way == "walk" else 0)
    if way != "inverted":
        monkeypatch.setattr(candidates, "LISTS_TOGETHER", -1)
        # Where the chosen way brought nothing, the test is to see that.
        monkeypatch.setattr(candidates, "_INVERTED", inverted.replace("{top}", "is_top AND {top}"))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_found_that_may_not_be_seen(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    go(way, monkeypatch)
    asked = ("fern", "露营 fern", '"fern 露营"', "露營", "ferm", "fern nothing", "露赢")

    for text, viewer in product(asked, (None, world.viewer)):
        for filters in (Filters(), Filters(sort="newest", time="week", topic="fern", kind="photo")):
            found = search_notes(text, filters=filters, viewer_id=viewer, now=NOW)
            assert set(found.notes.note_ids) == world.shown(signed_in=viewer is not None)
            shown = make_results(found, viewer_id=viewer, now=NOW)
            assert {one.card.id for one in shown} == set(found.notes.note_ids)


def test_nothing_is_offered_marked_or_counted_that_may_not_be_seen() -> None:
    world = World()
    everything = list(world.notes)
    public = {pk for pk, one in world.notes.items() if one[1:] == ("published", "public", False)}

    people = {
        one.text for one in suggest(text="fern", viewer_id=world.viewer) if one.kind == "person"
    }
    rebuild(now=NOW)
    assert people <= {"fern_stranger", "fern_followed"}
    assert set(bodies_of(everything)) == public
    assert set(IndexedNote.objects.values_list("pk", flat=True)) == public
    Note.objects.filter(pk__in=public).update(visibility="followers")
    assert find_topics(text="fern") == []
    index_notes(note_ids=everything, now=NOW)
    assert suggest(text="mos", viewer_id=world.viewer) == []


@pytest.mark.parametrize("way", WAYS)
def test_each_way_finds_what_a_naive_reading_finds(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = make_person().pk
    words = ("fern", "moss", "ivy", "露营")
    said: dict[int, set[str]] = {}
    for number in range(16):
        chosen = {word for place, word in enumerate(words) if number >> place & 1} | {"day"}
        note = make_note(author, title=" ".join(sorted(chosen)), photos=0, now=NOW)
        said[note.pk] = chosen
    rebuild(now=NOW)
    go(way, monkeypatch)

    for one, other in product(words, words):
        found = search_notes(f"{one} {other}", filters=Filters(), viewer_id=None, now=NOW)
        assert set(found.notes.note_ids) == {pk for pk, has in said.items() if {one, other} <= has}
    assert ask("fern fern").words == ("fern",)
