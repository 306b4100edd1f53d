"""Pages and fragments: the editor with and without scripts, reactions, comments."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core.clock import now
from meadow.media.models import Upload
from meadow.media.testing import make_photo, make_upload
from meadow.notes.models import Comment, Like, Note, NotePhoto
from meadow.notes.testing import make_comment, make_note

HTMX = {"hx-request": "true"}


@pytest.fixture
def ann(db: None) -> Any:
    return make_person(handle="ann")


@pytest.fixture
def page(ann: Person) -> Any:
    return sign_in(ann)


def photo_file(name: str = "a.jpg") -> Any:
    file = make_photo()
    file.name = name
    return file


def opened(page: Client) -> Any:
    """Open a new editor; return the note's id and the key that makes its draft."""
    words = page.get("/new").content.decode()
    [public_id] = re.findall(r'action="/n/(n\w{14})/edit"', words)
    [key] = set(re.findall(r'name="key" value="([^"]+)"', words))
    return public_id, key


@pytest.mark.parametrize("path", ["/new", "/me/drafts"])
def test_strangers_are_sent_to_sign_in(db: None, path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 302
    assert answer["Location"] == f"/accounts/login/?next={path}"


def test_opening_the_editor_writes_nothing(page: Client) -> None:
    answer = page.get("/new")

    assert answer.status_code == 200
    assert Note.objects.count() == 0


def test_typing_makes_one_draft_and_the_address_follows(page: Client, ann: Person) -> None:
    public_id, key = opened(page)
    for title in ("A", "A walk"):
        answer = page.post(
            f"/n/{public_id}/draft",
            {"title": title, "body": "x", "key": key, "act": ""},
            headers=HTMX,
        )

    note = Note.objects.get()
    assert (note.public_id, note.title, note.state) == (public_id, "A walk", "draft")
    assert answer["HX-Replace-Url"] == f"/n/{public_id}/edit"
    [iso] = re.findall(
        r'Draft saved <time datetime="([^"]+)" data-clock="time">[^<]+ UTC</time>',
        answer.content.decode(),
    )
    assert dt.timedelta() <= now() - dt.datetime.fromisoformat(iso) < dt.timedelta(minutes=1)


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "Not saved. The title has 61 characters, and 60 fit. Move some of it into the text.",
        ),
        ("zh-hans", "没有保存成功。标题有 61 个字，最多 60 个。把一部分挪到正文里。"),
    ],
)
def test_why_a_draft_is_not_saved_is_said_without_gaps(
    ann: Person, page: Client, language: str, said: str
) -> None:
    Person.objects.filter(pk=ann.pk).update(language=language)
    public_id, key = opened(page)

    answer = page.post(
        f"/n/{public_id}/draft",
        {"title": "x" * 61, "body": "", "key": key, "act": ""},
        headers=HTMX,
    )

    assert said in answer.content.decode()


def test_an_id_that_we_did_not_hand_out_makes_no_draft(page: Client) -> None:
    own, key = opened(page)
    other, _key = opened(page)
    stranger = sign_in(make_person())

    for client, public_id in [(page, other), (stranger, own)]:
        answer = client.post(
            f"/n/{public_id}/draft", {"title": "x", "body": "", "key": key}, headers=HTMX
        )
        assert answer.status_code == 404

    assert Note.objects.count() == 0


def test_without_scripts_photos_words_and_publishing_are_plain_forms(
    page: Client, ann: Person
) -> None:
    public_id, key = opened(page)
    words = {"title": "A walk", "body": "#hike", "key": key}
    added = page.post(
        f"/n/{public_id}/photos", {**words, "photos": [photo_file(), photo_file("b.jpg")]}
    )
    waiting = page.post(f"/n/{public_id}/edit", {**words, "act": "publish"})
    for upload in Upload.objects.all():
        ready = make_upload(ann.pk)
        NotePhoto.objects.filter(upload=upload).update(upload=ready)
    published = page.post(f"/n/{public_id}/edit", {**words, "act": "publish"})

    assert added["Location"] == f"/n/{public_id}/edit#photos"
    assert waiting.status_code == 409
    assert "2 of the photos are still being prepared." in waiting.content.decode()
    assert 'value="A walk"' in waiting.content.decode()
    assert published["Location"] == f"/n/{public_id}"
    assert Note.objects.get().state == "published"


def test_a_refused_file_is_named_and_the_rest_is_kept(page: Client, ann: Person) -> None:
    note = make_note(ann.pk, published=False, photos=0)
    wrong = make_photo(format="GIF")
    wrong.name = "fun.gif"

    answer = page.post(
        f"/n/{note.public_id}/photos",
        {"title": "Kept", "body": "", "photos": [wrong, photo_file()]},
        follow=True,
    )

    said = answer.content.decode()
    assert "fun.gif: This is a GIF." in said
    assert NotePhoto.objects.filter(note=note).count() == 1
    assert Note.objects.get().title == "Kept"


def test_the_uploader_gets_a_tile_or_a_problem_document(page: Client, ann: Person) -> None:
    note = make_note(ann.pk, published=False, photos=0)
    headers = {"x-uploader": "1", "accept": "application/json"}

    good = page.post(f"/n/{note.public_id}/photos", {"photos": photo_file()}, headers=headers)
    bad = page.post(
        f"/n/{note.public_id}/photos", {"photos": make_photo(format="GIF")}, headers=headers
    )

    upload = Upload.objects.get()
    assert f'id="tile-{upload.public_id}"' in good.content.decode()
    assert good["X-Editor-Url"] == f"/n/{note.public_id}/edit"
    assert (bad.status_code, bad.json()["code"]) == (415, "media.gif")


def test_moving_a_photo_keeps_the_words_and_answers_with_the_new_order(
    page: Client, ann: Person
) -> None:
    note = make_note(ann.pk, published=False, photos=2)
    first, second = note.photos.values_list("upload__public_id", flat=True)

    answer = page.post(
        f"/n/{note.public_id}/photos/{first}/right",
        {"title": "Half typed", "body": "x", f"about-{first}": "A heron"},
        headers=HTMX,
    )

    order = re.findall(r'data-upload="(u\w{14})"', answer.content.decode())
    assert order == [second, first]
    assert Note.objects.get().title == "Half typed"
    assert 'value="A heron"' in answer.content.decode()


def test_half_typed_words_of_a_published_note_are_not_published_by_a_photo_button(
    page: Client, ann: Person
) -> None:
    note = make_note(ann.pk, photos=2, title="As it was")
    first = note.photos.get(position=0).upload.public_id

    page.post(
        f"/n/{note.public_id}/photos/{first}/remove",
        {"title": "Half ty", "body": ""},
        headers=HTMX,
    )

    note.refresh_from_db()
    assert (note.title, note.photos.count()) == ("As it was", 1)


def test_somebody_elses_editor_is_not_there(page: Client) -> None:
    draft = make_note(make_person().pk, published=False)
    published = make_note(make_person().pk)

    statuses = [
        page.get(f"/n/{note.public_id}/{act}").status_code
        for note in (draft, published)
        for act in ("edit", "delete")
    ]

    assert statuses == [404, 404, 403, 403]


def test_deleting_asks_first(page: Client, ann: Person) -> None:
    note = make_note(ann.pk)

    asked = page.get(f"/n/{note.public_id}/delete")
    still = Note.objects.get().state
    page.post(f"/n/{note.public_id}/delete")

    assert "Delete this note?" in asked.content.decode()
    assert (still, Note.objects.get().state) == ("published", "deleted")


@pytest.mark.parametrize(("act", "undo"), [("like", "unlike"), ("save", "unsave")])
def test_a_reaction_answers_with_its_button(page: Client, ann: Person, act: str, undo: str) -> None:
    note = make_note(ann.pk)

    pressed = page.post(f"/n/{note.public_id}/{act}", headers=HTMX).content.decode()
    released = page.post(f"/n/{note.public_id}/{undo}", headers=HTMX).content.decode()
    plain = page.post(f"/n/{note.public_id}/{act}")

    assert 'aria-pressed="true"' in pressed
    assert f'hx-post="/n/{note.public_id}/{undo}"' in pressed
    assert 'aria-pressed="false"' in released
    assert plain["Location"] == f"/n/{note.public_id}"


def test_a_stranger_cannot_react(db: None) -> None:
    note = make_note(make_person().pk)

    answer = Client().post(f"/n/{note.public_id}/like", headers=HTMX)

    assert answer.status_code == 401
    assert Like.objects.count() == 0


def test_a_comment_comes_back_with_the_count_and_an_empty_form(page: Client, ann: Person) -> None:
    note = make_note(ann.pk)

    answer = page.post(
        f"/n/{note.public_id}/comments/add", {"body": "Lovely <b>"}, headers=HTMX
    ).content.decode()

    comment = Comment.objects.get()
    assert f'id="{comment.public_id}"' in answer
    assert "Lovely &lt;b&gt;" in answer
    assert re.search(r'id="comment-count" hx-swap-oob="true".*?value="1"', answer, re.S)
    assert re.search(r'<form class="comment-form".*?hx-swap-oob="true"', answer, re.S)


def test_a_refused_comment_without_scripts_keeps_what_was_typed(page: Client, ann: Person) -> None:
    note = make_note(ann.pk)

    answer = page.post(f"/n/{note.public_id}/comments/add", {"body": "x" * 501})

    assert answer.status_code == 422
    assert "The comment has 501 characters, and 500 fit." in answer.content.decode()
    assert "x" * 501 in answer.content.decode()


def test_comments_and_replies_come_in_fragments_and_as_pages(page: Client, ann: Person) -> None:
    note = make_note(ann.pk)
    comment = make_comment(note, ann.pk, body="top")
    make_comment(note, ann.pk, body="below", parent=comment)

    listing = f"/n/{note.public_id}/comments"
    replies = f"/comments/{comment.public_id}/replies"
    fragments = [page.get(path, headers=HTMX).content.decode() for path in (listing, replies)]
    pages = [Client().get(path).content.decode() for path in (listing, replies)]

    assert "top" in fragments[0]
    assert "below" in fragments[0]
    assert "below" in fragments[1]
    assert re.search(rf'id="more-{comment.public_id}"\s+hx-swap-oob="true"', fragments[1])
    assert not any("<html" in fragment for fragment in fragments)
    assert all("<html" in whole for whole in pages)


def test_a_removed_comment_leaves_nothing_or_an_empty_place(page: Client, ann: Person) -> None:
    note = make_note(ann.pk)
    alone, parent = make_comment(note, ann.pk), make_comment(note, ann.pk)
    make_comment(note, ann.pk, parent=parent)

    gone, place = (
        page.post(f"/comments/{one.public_id}/delete", headers=HTMX).content.decode()
        for one in (alone, parent)
    )

    assert "<article" not in gone
    assert "This comment was removed." in place


def test_drafts_are_listed_for_their_author(page: Client, ann: Person) -> None:
    edited = dt.datetime(2026, 5, 3, 9, 5, tzinfo=dt.UTC)
    note = make_note(ann.pk, published=False, title="Half a thought")
    Note.objects.filter(pk=note.pk).update(edited_at=edited)
    make_note(make_person().pk, published=False, title="Not mine")

    listed = " ".join(page.get("/me/drafts").content.decode().split())

    assert "Half a thought" in listed
    assert "Not mine" not in listed
    assert (
        '<time datetime="2026-05-03T09:05:00+00:00" data-clock>May 3, 2026, 9:05 a.m. UTC</time>'
        in listed
    )


def test_no_page_carries_inline_script_or_style(page: Client, ann: Person) -> None:
    note = make_note(ann.pk, photos=3)
    make_comment(note, ann.pk)

    for path in (
        "/new",
        "/me/drafts",
        f"/n/{note.public_id}/edit",
        f"/n/{note.public_id}/comments",
        f"/n/{note.public_id}/delete",
    ):
        said = page.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", said), path
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", said), path
