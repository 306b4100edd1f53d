"""Video notes: one video instead of photos, published when it plays, seen by the rule of its note."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meadow.accounts.models import Person
from meadow.accounts.testing import make_person, make_token, sign_in
from meadow.media.models import Upload
from meadow.media.testing import make_upload
from meadow.media.video.testing import make_clip, make_video
from meadow.notes import queries, services
from meadow.notes.errors import (
    NoteHoldsPhotos,
    NoteHoldsVideo,
    VideoFailed,
    VideoNotReady,
    VideoStays,
)
from meadow.notes.models import Note, NotePhoto, NoteVideo
from meadow.notes.testing import WHEN, make_note, make_video_note

FILES = ("video.m3u8", "v360.m3u8", "v360.m4s", "video.mp4", "captions/en.vtt", "w640.webp")


def attach(note: Note, upload: Upload) -> None:
    services.attach_video(
        public_id=note.public_id,
        author_id=note.author_id,
        upload_public_id=upload.public_id,
        now=WHEN,
    )


def publish(note: Note) -> None:
    services.publish_note(public_id=note.public_id, author_id=note.author_id, now=WHEN)


def statuses(note: Note, client: Client) -> list[int]:
    base = f"/media/{note.video.upload.public_id}"
    return [client.get(f"{base}/{name}").status_code for name in FILES]


@pytest.mark.django_db
def test_a_video_note_is_published_when_its_video_plays() -> None:
    note = make_note(make_person().pk, published=False, photos=0)
    video = make_video(note.author_id, state="processing")
    attach(note, video)

    with pytest.raises(VideoNotReady):
        publish(note)
    Upload.objects.filter(pk=video.pk).update(state="failed", error_code="media.video_broken")
    with pytest.raises(VideoFailed):
        publish(note)
    Upload.objects.filter(pk=video.pk).update(
        state="ready", width=640, height=360, labels=["w640"], duration_ms=65_000, error_code=""
    )
    publish(note)

    card = queries.get_cards([note.pk])[0]
    assert (card.kind, card.duration_ms, card.photo_count) == ("video", 65_000, 1)
    assert card.cover is not None
    assert card.cover.public_id == video.public_id


@pytest.mark.django_db
def test_a_note_has_photos_or_a_video() -> None:
    ann = make_person()
    photos = make_note(ann.pk, published=False)
    film = make_video_note(ann.pk, published=False)
    photo = make_upload(ann.pk)

    with pytest.raises(NoteHoldsPhotos):
        attach(photos, make_video(ann.pk))
    with pytest.raises(NoteHoldsVideo):
        attach(film, make_video(ann.pk))
    with pytest.raises(NoteHoldsVideo):
        services.attach_photo(
            public_id=film.public_id, author_id=ann.pk, upload_public_id=photo.public_id, now=WHEN
        )

    assert NotePhoto.objects.filter(note=film).count() == 1
    assert NoteVideo.objects.filter(note=photos).count() == 0


@pytest.mark.django_db
def test_every_file_of_a_video_follows_its_note_at_once() -> None:
    ann, bo = make_person(), make_person()
    note = make_video_note(ann.pk)
    strangers, fan, own = Client(), sign_in(bo), sign_in(ann)

    assert statuses(note, strangers) == statuses(note, fan) == [200] * 6
    Note.objects.filter(pk=note.pk).update(visibility="private")

    assert statuses(note, strangers) == statuses(note, fan) == [404] * 6
    assert statuses(note, own) == [200] * 6


@pytest.mark.django_db
def test_removing_a_video_from_a_draft_removes_its_files_and_a_published_one_keeps_it() -> None:
    draft = make_video_note(make_person().pk, published=False)
    out = make_video_note(make_person().pk)
    upload_id = draft.video.upload_id

    services.detach_video(public_id=draft.public_id, author_id=draft.author_id, now=WHEN)
    with pytest.raises(VideoStays):
        services.detach_video(public_id=out.public_id, author_id=out.author_id, now=WHEN)

    draft.refresh_from_db()
    assert draft.kind == "photo"
    assert not Upload.objects.filter(pk=upload_id).exists()
    assert NoteVideo.objects.filter(note=out).exists()


@pytest.mark.django_db
def test_another_cover_replaces_the_still_and_back() -> None:
    note = make_video_note(make_person().pk)
    photo = make_upload(note.author_id)

    def show(upload: Upload) -> str:
        services.set_cover(
            public_id=note.public_id,
            author_id=note.author_id,
            upload_public_id=upload.public_id,
            now=WHEN,
        )
        return str(NotePhoto.objects.get(note=note).upload.public_id)

    assert show(photo) == photo.public_id
    assert statuses(note, Client()) == [200] * 6
    assert show(note.video.upload) == note.video.upload.public_id
    photo.refresh_from_db()
    assert photo.attached_at is None


@pytest.mark.django_db
def test_the_page_plays_the_video_without_scripts_and_says_its_captions() -> None:
    note = make_video_note(make_person().pk)

    page = Client().get(f"/n/{note.public_id}").content.decode()

    video = note.video.upload.public_id
    assert f'<source src="/media/{video}/video.mp4" type="video/mp4" />' in page
    assert f'data-hls="/media/{video}/video.m3u8"' in page
    assert 'srclang="en"' in page
    assert "autoplay" not in page
    assert page.count("data-note-end") == 1


@pytest.mark.django_db
def test_a_page_of_photos_loads_no_player() -> None:
    page = Client().get(f"/n/{make_note(make_person().pk).public_id}").content.decode()

    assert "player.js" not in page
    assert "hls" not in page


@pytest.mark.django_db
def test_the_editor_takes_a_video_and_captions_from_plain_forms() -> None:
    ann = make_person()
    note = make_note(ann.pk, published=False, photos=0)
    client = sign_in(ann)
    base = f"/n/{note.public_id}"

    film = SimpleUploadedFile("a.mp4", make_clip(), "video/mp4")
    added = client.post(f"{base}/video/add", {"video": film})
    wrong = client.post(
        f"{base}/video/captions",
        {"language": "en", "captions": SimpleUploadedFile("a.srt", b"nothing")},
        headers={"hx-request": "true"},
    )
    state = queries.find_video_state(note.pk)
    page = client.get(f"{base}/edit").content.decode()

    assert (added.status_code, added["Location"]) == (302, f"{base}/edit#video-panel")
    assert "neither WebVTT nor SRT" in wrong.content.decode()
    assert state is not None
    assert (state.state, state.total) == ("received", len(make_clip()))
    assert 'data-kind="video"' in page
    assert "Preparing the video" in page


@pytest.mark.django_db
def test_a_playlist_from_a_plain_form_is_refused_in_words_and_not_kept() -> None:
    ann = make_person()
    note = make_note(ann.pk, published=False, photos=0)

    film = SimpleUploadedFile("a.mp4", b"#EXTM3U\n" + bytes(200), "video/mp4")
    page = sign_in(ann).post(f"/n/{note.public_id}/video/add", {"video": film}, follow=True)

    assert "is not an MP4, MOV or WebM video" in page.content.decode()
    assert not Upload.objects.filter(owner_id=ann.pk).exists()


def api(person: Person, method: str, path: str, **body: Any) -> Any:
    token = make_token(person, "notes:write", "notes:read")
    return Client().generic(
        method,
        f"/api/v1{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


@pytest.mark.django_db
def test_the_api_makes_publishes_and_reads_a_video_note() -> None:
    ann = make_person()
    note_id = api(ann, "POST", "/notes", title="A film").json()["id"]
    video = make_video(ann.pk, captions=True)

    held = api(ann, "PUT", f"/notes/{note_id}/video", id=video.public_id)
    out = api(ann, "POST", f"/notes/{note_id}/publish")
    kept = api(ann, "DELETE", f"/notes/{note_id}/video")

    assert (held.status_code, held.json()["state"]) == (200, "ready")
    assert out.status_code == 200
    assert (out.json()["kind"], out.json()["video"]["duration_ms"]) == ("video", 8000)
    assert out.json()["video"]["hls"] == f"/media/{video.public_id}/video.m3u8"
    assert out.json()["video"]["captions"][0]["language"] == "en"
    assert (kept.status_code, kept.json()["code"]) == (409, "notes.video_stays")
