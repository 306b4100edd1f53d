"""Two windows on one draft: nothing newer is written over unasked."""

import re
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.notes import queries
from meadow.notes.models import Note
from meadow.notes.services import publish_note
from meadow.notes.testing import make_note


@pytest.fixture
def ann(db: None) -> Any:
    return make_person()


def opened(page: Client, note: Note) -> dict[str, str]:
    """Open the editor; return what its form sends along."""
    words = page.get(f"/n/{note.public_id}/edit").content.decode()
    fields = {}
    for name in ("base", "window"):
        [fields[name]] = re.findall(rf'name="{name}"\s+value="([^"]*)"', words)
    return fields


def keep(page: Client, note: Note, window: dict[str, str], body: str) -> Any:
    return page.post(
        f"/n/{note.public_id}/draft",
        {"title": note.title, "body": body, **window},
        headers={"hx-request": "true"},
    )


def body_of(note: Note) -> str:
    return Note.objects.values_list("body", flat=True).get(pk=note.pk)


def test_a_window_that_has_not_seen_newer_words_is_asked_first(ann: Person) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=False, body="First.")
    one, other = opened(page, note), opened(page, note)
    keep(page, note, one, "From the first window.")

    refused = keep(page, note, other, "From the second.")
    kept = body_of(note)
    decided = keep(page, note, {**other, "base": refused["X-Newer-Words"]}, "From the second.")

    assert "HX-Replace-Url" not in refused
    assert "Not saved yet" in refused.content.decode()
    assert kept == "From the first window."
    assert (decided["HX-Replace-Url"], body_of(note)) == (
        f"/n/{note.public_id}/edit",
        "From the second.",
    )


def test_a_window_goes_on_with_its_own_words_even_when_an_answer_was_lost(ann: Person) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=False, body="First.")
    window = opened(page, note)
    for body in ("A", "A b", "A b c"):
        keep(page, note, window, body)

    assert body_of(note) == "A b c"


def test_the_answer_hands_the_next_mark_to_the_form(ann: Person) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=False, body="First.")
    window = opened(page, note)

    answer = keep(page, note, window, "Second.").content.decode()

    [mark] = re.findall(r'id="words-base"\s+name="base"\s+value="(\w{16})"', answer)
    assert mark == opened(page, note)["base"] != window["base"]


@pytest.mark.parametrize("published", [True, False])
def test_without_scripts_the_words_come_back_with_the_question(
    ann: Person, published: bool
) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=published, body="First.")
    one, other = opened(page, note), opened(page, note)
    at = f"/n/{note.public_id}/edit"
    page.post(at, {"title": note.title, "body": "Theirs.", "act": "save", **one})

    asked = page.post(at, {"title": note.title, "body": "Mine.", "act": "save", **other})
    kept = body_of(note)
    words = asked.content.decode()
    [mark] = re.findall(r'name="base"\s+value="([^"]*)"', words)
    page.post(at, {"title": note.title, "body": "Mine.", "act": "save", "base": mark, "window": ""})

    assert (asked.status_code, kept) == (409, "Theirs.")
    assert "These words were changed somewhere else" in words
    assert "Mine." in words
    assert body_of(note) == "Mine."


def test_a_browser_hears_whose_words_have_arrived(ann: Person) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=False)
    window = opened(page, note)
    at, words = f"/n/{note.public_id}/edit", {"body": "", "act": "save", **window}

    refused = page.post(at, {"title": "x" * 61, **words})
    page.post(at, {"title": "T", **words})

    assert "meadow_arrived" not in refused.cookies
    assert page.cookies["meadow_arrived"].value == window["window"]


def test_words_typed_after_a_note_came_out_are_kept_and_go_in_when_it_is_published_again(
    ann: Person,
) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=False, body="First.")
    window = opened(page, note)
    publish_note(public_id=note.public_id, author_id=ann.pk, now=now())

    late, same = keep(page, note, window, "More."), keep(page, note, window, "First.")
    kept = body_of(note)
    at = f"/n/{note.public_id}/edit"
    page.post(at, {"title": note.title, "body": "More.", "act": "publish", **window})

    # What names no new address is not let go of by the browser.
    assert (late.status_code, "HX-Replace-Url" in late) == (200, False)
    assert "This note is out already" in late.content.decode()
    assert (same.status_code, "HX-Replace-Url" in same) == (200, True)
    assert (kept, body_of(note)) == ("First.", "More.")


def test_what_comes_out_while_words_are_being_kept_is_no_refusal(
    ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, note = sign_in(ann), make_note(ann.pk, published=False, body="First.")
    window, look = opened(page, note), queries.get_edited_note

    def look_and_be_late(**given: Any) -> Any:
        monkeypatch.setattr(queries, "get_edited_note", look)
        found = look(**given)
        publish_note(public_id=note.public_id, author_id=ann.pk, now=now())
        return found

    monkeypatch.setattr(queries, "get_edited_note", look_and_be_late)
    answer = keep(page, note, window, "First.")

    assert (answer.status_code, body_of(note)) == (200, "First.")
    assert "already" not in answer.content.decode()
