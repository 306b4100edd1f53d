"""What becomes of a note: its versions, deleted and brought back, put first, and whom it names."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.accounts.models import Block, Follow, Person
from meadow.accounts.testing import make_person, sign_in
from meadow.core import clock
from meadow.core.testing import race, together
from meadow.core.transactions import transaction
from meadow.integrity.testing import make_inquiry
from meadow.media.models import Upload
from meadow.media.services import sweep_uploads
from meadow.notes import errors, queries, services
from meadow.notes.differences import find_differences
from meadow.notes.models import Mention, Note, NoteVersion, PinnedNote
from meadow.notes.services import pinning
from meadow.notes.testing import WHEN, make_comment, make_note
from meadow.notifications.models import Notification

TEXTS = st.text(st.sampled_from("ab露营地星空 .\n'’"), max_size=40) | st.text(max_size=20)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def ann(db: None) -> Any:
    return make_person(handle="ann")


def edit(note: Note, *, title: str = "A quiet morning", body: str, at: dt.datetime) -> None:
    services.edit_note(
        public_id=note.public_id, author_id=note.author_id, title=title, body=body, now=at
    )


def test_every_change_of_a_published_note_is_kept_with_what_was_before(ann: Person) -> None:
    note = make_note(ann.pk, body="First.", photos=2)
    photos = [one.upload.public_id for one in note.photos.all()]
    edit(note, body="First.", at=WHEN + HOUR)
    edit(note, body="Second.", at=WHEN + 2 * HOUR)
    services.reorder_photos(
        public_id=note.public_id,
        author_id=ann.pk,
        upload_public_ids=photos[::-1],
        now=WHEN + 3 * HOUR,
    )

    kept = queries.list_versions(public_id=note.public_id, viewer_id=None)

    assert [(one.number, one.body, one.kept_at, one.changed) for one in kept] == [
        (3, "Second.", WHEN + 3 * HOUR, ["photos"]),
        (2, "Second.", WHEN + 2 * HOUR, ["body"]),
        (1, "First.", WHEN, []),
    ]
    assert [one.is_current for one in kept] == [True, False, False]
    stored = NoteVersion.objects.order_by("number").values_list("photos", flat=True)
    assert [[photo["id"] for photo in one] for one in stored] == [photos, photos, photos[::-1]]


def test_a_version_is_never_changed_and_goes_only_with_its_note(ann: Person) -> None:
    note = make_note(ann.pk, body="First.")
    edit(note, body="Second.", at=WHEN + HOUR)
    versions = NoteVersion.objects.filter(note=note)

    for act in (lambda: versions.update(body="x"), lambda: versions.delete()):
        with pytest.raises(IntegrityError, match="stays as it was"), transaction():
            act()
    assert versions.count() == 2
    note.delete()
    assert versions.count() == 0


def test_history_is_for_whoever_may_see_the_note(ann: Person) -> None:
    bo = make_person()
    note = make_note(ann.pk, body="Where the <b>key</b> lies.")
    edit(note, body="Nothing here.", at=WHEN + HOUR)
    page = f"/n/{note.public_id}/history"
    shown = Client().get(page).content.decode()
    services.change_visibility(
        public_id=note.public_id, author_id=ann.pk, visibility="private", now=WHEN
    )

    answers = {
        address: [
            client.get(address).status_code for client in (sign_in(ann), sign_in(bo), Client())
        ]
        for address in (page, f"/api/v1/notes/{note.public_id}/versions")
    }

    assert "Where the &lt;b&gt;key&lt;/b&gt; lies." in shown
    assert set(map(tuple, answers.values())) == {(200, 404, 404)}


def test_a_deleted_note_comes_back_with_all_it_had(ann: Person) -> None:
    note = make_note(ann.pk, body="#lake", with_files=True)
    make_comment(note, ann.pk)
    services.pin_note(public_id=note.public_id, person_id=ann.pk, now=WHEN)
    page, address = sign_in(ann), f"/n/{note.public_id}"
    page.post(f"{address}/delete")
    gone = [page.get(address).status_code, Client().get(address).status_code]
    listed = page.get("/me/deleted").content.decode()

    back = page.post(f"{address}/restore")

    assert gone == [404, 404]
    assert "A quiet morning" in listed
    assert (back.status_code, back["Location"]) == (302, address)
    restored = Note.objects.get(pk=note.pk)
    assert (restored.state, restored.published_at, restored.deleted_at) == ("published", WHEN, None)
    shown = queries.get_note(public_id=note.public_id, viewer_id=None)
    assert (shown.topics, shown.comment_count, len(shown.photos)) == (["lake"], 1, 1)
    assert PinnedNote.objects.count() == 0
    assert "A quiet morning" not in page.get("/me/deleted").content.decode()


@pytest.mark.parametrize("published", [True, False])
def test_thirty_days_later_it_is_gone_for_good_with_its_files(ann: Person, published: bool) -> None:
    note = make_note(ann.pk, published=published, with_files=True)
    upload = note.photos.get().upload
    services.delete_note(public_id=note.public_id, author_id=ann.pk, now=WHEN)
    last = WHEN + 30 * DAY

    def bring_back(at: dt.datetime) -> str:
        return services.bring_back_note(public_id=note.public_id, author_id=ann.pk, now=at).state

    assert services.purge_deleted(now=last) == 0
    assert bring_back(last) == ("published" if published else "draft")
    services.delete_note(public_id=note.public_id, author_id=ann.pk, now=WHEN)
    with pytest.raises(errors.NoteMissing):
        bring_back(last + dt.timedelta(seconds=1))
    assert services.purge_deleted(now=last + dt.timedelta(seconds=1)) == 1
    sweep_uploads(now=last + 2 * DAY)

    assert not Note.objects.filter(pk=note.pk).exists()
    assert not Upload.objects.filter(pk=upload.pk).exists()
    assert sign_in(ann).get(f"/media/{upload.public_id}/w640.webp").status_code == 404


def test_its_author_has_a_deleted_note_go_at_once_unless_it_is_under_review(ann: Person) -> None:
    bo, page = make_person(), sign_in(ann)
    note, reported = make_note(ann.pk, with_files=True), make_note(ann.pk)
    make_comment(note, bo.pk)
    upload = note.photos.get().upload
    make_inquiry(reported.public_id, reporter_id=bo.pk)
    for one in (note, reported):
        services.delete_note(public_id=one.public_id, author_id=ann.pk, now=clock.now())

    def purge(who: Person, one: Note) -> None:
        services.delete_for_good(public_id=one.public_id, author_id=who.pk, now=WHEN)

    with pytest.raises(errors.NoteMissing):
        purge(bo, note)
    with pytest.raises(errors.NoteUnderReview):
        purge(ann, reported)
    with pytest.raises(errors.NoteStands):
        purge(ann, make_note(ann.pk))
    assert "A quiet morning" in page.get(f"/n/{note.public_id}/purge").content.decode()
    done = page.post(f"/n/{note.public_id}/purge")
    refused = page.get(f"/media/{upload.public_id}/w640.webp").status_code
    sweep_uploads(now=clock.now())

    assert (done.status_code, done["Location"], refused) == (302, "/me/deleted", 404)
    assert not Note.objects.filter(pk=note.pk).exists()
    assert Note.objects.filter(pk=reported.pk).exists()
    assert not Upload.objects.filter(pk=upload.pk).exists()
    assert page.post(f"/n/{note.public_id}/purge").status_code == 404


def test_history_marks_what_each_change_added_and_removed_by_words(ann: Person) -> None:
    note = make_note(ann.pk, title="去露营地 <b>", body="A quiet morning.")
    services.edit_note(
        public_id=note.public_id,
        author_id=ann.pk,
        title="去湖边 <b>",
        body="A loud evening.",
        now=WHEN + HOUR,
    )

    words = " ".join(Client().get(f"/n/{note.public_id}/history").content.decode().split())
    [new, _] = Client().get(f"/api/v1/notes/{note.public_id}/versions").json()

    assert '<del><span class="sr-only"> (removed: </span>露营地<span' in words
    assert '<ins><span class="sr-only"> (added: </span>湖边<span' in words
    assert "&lt;b&gt;" in words
    assert new["body_pieces"] == [
        {"kind": "same", "text": "A "},
        {"kind": "removed", "text": "quiet morning"},
        {"kind": "added", "text": "loud evening"},
        {"kind": "same", "text": "."},
    ]


@settings(deadline=None, max_examples=50)
@given(before=TEXTS, after=TEXTS)
def test_the_pieces_of_a_change_are_both_texts(before: str, after: str) -> None:
    pieces = find_differences(before, after)

    assert "".join(one.text for one in pieces if one.kind != "added") == before
    assert "".join(one.text for one in pieces if one.kind != "removed") == after


def test_nobody_else_brings_a_note_back(ann: Person) -> None:
    bo = make_person()
    note = make_note(ann.pk)
    services.delete_note(public_id=note.public_id, author_id=ann.pk, now=WHEN)

    answer = sign_in(bo).post(f"/n/{note.public_id}/restore")

    assert (answer.status_code, Note.objects.get(pk=note.pk).state) == (404, "deleted")


def test_an_empty_draft_is_thrown_away_at_once(ann: Person) -> None:
    note = make_note(ann.pk, published=False, title="", photos=0)

    services.delete_note(public_id=note.public_id, author_id=ann.pk, now=WHEN)

    assert not Note.objects.exists()


def test_three_notes_stand_first_on_a_profile_in_their_order_for_who_may_see_them(
    ann: Person,
) -> None:
    notes = [make_note(ann.pk, title=f"Note {n}", now=WHEN + n * HOUR) for n in range(5)]
    for note in notes[:3]:
        services.pin_note(public_id=note.public_id, person_id=ann.pk, now=WHEN)
    with pytest.raises(errors.TooManyPinned):
        services.pin_note(public_id=notes[3].public_id, person_id=ann.pk, now=WHEN)
    services.change_visibility(
        public_id=notes[1].public_id, author_id=ann.pk, visibility="private", now=WHEN
    )

    def titles(client: Client) -> list[str]:
        page = client.get("/@ann")
        return [entry.card.title for entry in page.context["cards"]]

    assert titles(sign_in(ann)) == ["Note 2", "Note 1", "Note 0", "Note 4", "Note 3"]
    assert titles(Client()) == ["Note 2", "Note 0", "Note 4", "Note 3"]
    services.unpin_note(public_id=notes[2].public_id, person_id=ann.pk, now=WHEN)
    assert titles(Client()) == ["Note 0", "Note 4", "Note 3", "Note 2"]


def test_only_own_published_notes_are_put_first(ann: Person) -> None:
    bo = make_person()
    others, draft, own = make_note(bo.pk), make_note(ann.pk, published=False), make_note(ann.pk)
    page = sign_in(ann)

    def put(*notes: Note) -> int:
        ids = [note.public_id for note in notes]
        return page.put(
            "/api/v1/me/pins", {"notes": ids}, content_type="application/json"
        ).status_code

    assert [put(own, others), put(draft), put(own, own)] == [404, 404, 200]
    assert list(PinnedNote.objects.values_list("note_id", "position")) == [(own.pk, 0)]


def pinned_by_racing(monkeypatch: pytest.MonkeyPatch, *, guarded: bool) -> list[Any]:
    ann = make_person()
    notes = [make_note(ann.pk, photos=0) for _ in range(6)]
    if not guarded:
        monkeypatch.setattr(pinning, "lock_pins", lambda *, person_id: None)
        monkeypatch.setattr(pinning, "_write", together(pinning._write, runners=6))
    results = race(
        lambda n: services.pin_note(public_id=notes[n].public_id, person_id=ann.pk, now=WHEN),
        runners=6,
    )
    assert PinnedNote.objects.filter(person=ann).count() <= 3
    return results


@pytest.mark.django_db(transaction=True)
def test_six_windows_pin_three_and_the_others_are_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    results = pinned_by_racing(monkeypatch, guarded=True)

    assert results.count(None) == 3
    assert sum(isinstance(one, errors.TooManyPinned) for one in results) == 3


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_windows_run_into_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = pinned_by_racing(monkeypatch, guarded=False)

    assert any(isinstance(one, IntegrityError) for one in results)


def test_who_is_named_is_told_once_and_only_when_they_may_see_it(ann: Person) -> None:
    bo, cy, di = make_person(handle="bob"), make_person(handle="cyb"), make_person(handle="dib")
    Follow.objects.create(follower=bo, followed=ann, created_at=WHEN)
    note = make_note(ann.pk, body="With @bob, @cyb, @di and @ann.")
    Note.objects.filter(pk=note.pk).update(visibility="followers")
    Mention.objects.bulk_create(Mention(note=note, person=p) for p in (bo, cy, di, ann))

    def told() -> set[str]:
        found = Notification.objects.filter(kind="notes.mentioned")
        return set(found.values_list("person__handle", flat=True))

    counts = [services.tell_mentioned(note_id=note.pk, now=WHEN)]
    as_follower = told()
    Block.objects.create(blocker=di, blocked=ann, created_at=WHEN)
    Note.objects.filter(pk=note.pk).update(visibility="public")
    counts += [services.tell_mentioned(note_id=note.pk, now=WHEN) for _ in range(2)]

    assert as_follower == {"bob"}
    assert told() == {"bob", "cyb"}
    assert counts == [1, 1, 0]
