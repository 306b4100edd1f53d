"""Serving: who may look, what the headers promise, and what a cache may keep."""

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from meadow.accounts.testing import make_person, sign_in
from meadow.media.models import Upload
from meadow.media.testing import make_upload
from meadow.notes.models import Note
from meadow.notes.testing import make_note

LASTING = "public, max-age=86400, s-maxage=600, immutable"
ASKING = "private, no-cache"


def photo_of(note: Note) -> Any:
    return note.photos.get().upload


def address(upload: Upload, label: str = "w640") -> Any:
    return f"/media/{upload.public_id}/{label}.webp"


@pytest.mark.django_db
def test_a_published_photo_is_served_and_inert_and_in_no_shared_cache() -> None:
    upload = photo_of(make_note(make_person().pk, with_files=True))

    answer = Client().get(address(upload))

    content = answer.getvalue()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Cache-Control"] == ASKING
    assert int(answer["Content-Length"]) == len(content)
    assert Image.open(io.BytesIO(content)).size == (640, 853)


@pytest.mark.django_db
def test_head_says_the_same_without_a_body() -> None:
    upload = photo_of(make_note(make_person().pk, with_files=True))
    got = Client().get(address(upload))

    head = Client().head(address(upload))

    assert head.status_code == 200
    assert head["ETag"] == got["ETag"]
    assert head["Content-Length"] == got["Content-Length"]
    assert head.getvalue() == b""


@pytest.mark.django_db
def test_what_a_cache_has_already_is_not_sent_again() -> None:
    upload = photo_of(make_note(make_person().pk, with_files=True))
    tag = Client().get(address(upload))["ETag"]

    same = Client().get(address(upload), headers={"if-none-match": tag})
    other = Client().get(address(upload), headers={"if-none-match": '"other"'})

    assert (same.status_code, same.content) == (304, b"")
    assert (same["ETag"], same["Cache-Control"]) == (tag, ASKING)
    assert other.status_code == 200


@pytest.mark.django_db
def test_a_drafts_photo_is_for_its_author_only_and_never_for_a_shared_cache() -> None:
    ann, bo = make_person(), make_person()
    upload = photo_of(make_note(ann.pk, published=False, with_files=True))

    own = sign_in(ann).get(address(upload))
    others = [sign_in(bo).get(address(upload)), Client().get(address(upload))]

    assert (own.status_code, own["Cache-Control"]) == (200, ASKING)
    assert [answer.status_code for answer in others] == [404, 404]
    assert not any("ETag" in answer for answer in others)


@pytest.mark.django_db
def test_a_cache_that_asks_again_learns_that_a_deleted_notes_photo_is_gone() -> None:
    ann = make_person()
    note = make_note(ann.pk, with_files=True)
    upload = photo_of(note)
    tag = Client().get(address(upload))["ETag"]
    Note.objects.filter(pk=note.pk).update(state="deleted", deleted_at=note.created_at)

    answer = Client().get(address(upload), headers={"if-none-match": tag})

    assert answer.status_code == 404


@pytest.mark.django_db
def test_an_unattached_upload_is_seen_by_its_owner_only() -> None:
    ann, bo = make_person(), make_person()
    upload = make_upload(ann.pk, with_files=True)

    seen = [c.get(address(upload)).status_code for c in (sign_in(ann), sign_in(bo), Client())]

    assert seen == [200, 404, 404]


@pytest.mark.django_db
def test_a_face_in_use_is_public_and_may_be_kept() -> None:
    ann = make_person()
    upload = make_upload(ann.pk, purpose="avatar", with_files=True, attached=True)
    ann.avatar = upload
    ann.save(update_fields=["avatar"])

    answer = Client().get(address(upload, "a96"))

    assert (answer.status_code, answer["Cache-Control"]) == (200, LASTING)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["original", "../original", "w640/../original", "w99", "%2e%2e/original"],
)
def test_nothing_but_renditions_has_an_address(path: str) -> None:
    ann = make_person()
    upload = photo_of(make_note(ann.pk, with_files=True))

    statuses = {
        sign_in(ann).get(f"/media/{upload.public_id}/{path}{end}").status_code
        for end in ("", ".webp")
    }

    assert statuses == {404}


@pytest.mark.django_db
def test_the_progress_of_an_upload_is_told_to_its_owner_only() -> None:
    ann, bo = make_person(), make_person()
    upload = make_upload(ann.pk, state="processing")
    path = f"/media/{upload.public_id}/progress"

    own, other = sign_in(ann).get(path), sign_in(bo).get(path)

    assert own.status_code == 200
    assert f'hx-get="{path}"' in own.content.decode()
    assert other.status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "This photo is damaged and cannot be read."
            " Open it in a photo app, save a new copy, then add that.",
        ),
        ("zh-hans", "这张照片已损坏，无法读取。用看图软件打开它，另存一份，再添加新的那份。"),
    ],
)
def test_a_failed_upload_says_why_and_asks_no_more(language: str, said: str) -> None:
    ann = make_person(language=language)
    upload = make_upload(ann.pk, state="failed")

    page = sign_in(ann).get(f"/media/{upload.public_id}/progress").content.decode()

    assert f'<p role="alert">{said}</p>' in page
    assert "hx-get" not in page
