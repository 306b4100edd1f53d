"""Receiving: judged by content, refused in sentences, and a refused file leaves nothing behind."""

import struct
import zlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from meadow.accounts.testing import make_person
from meadow.core.testing import waiting_jobs
from meadow.media import errors
from meadow.media.formats import MOST_BYTES, check_photo
from meadow.media.models import Upload
from meadow.media.services import original_path, receive_upload
from meadow.media.testing import WHEN, make_photo
from meadow.media.tests.helpers import PHOTOS, encoded, fixture_file


def png_that_declares(width: int, height: int) -> Any:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [b"IHDR" + header, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"]
    body = b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in parts
    )
    return ContentFile(b"\x89PNG\r\n\x1a\n" + body, name="x.png")


def folders() -> Any:
    return (
        set(default_storage.listdir("uploads")[0]) if default_storage.exists("uploads") else set()
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_kept_privately_and_its_rendering_enqueued(name: str) -> None:
    ann = make_person()
    file = fixture_file(name)

    upload = receive_upload(owner_id=ann.pk, purpose="note_photo", file=file, now=WHEN)

    stored = Upload.objects.get(pk=upload.pk)
    assert (stored.state, stored.progress, stored.attached_at) == ("received", 0, None)
    assert stored.source_bytes == file.size
    with default_storage.open(original_path(upload.public_id), "rb") as original:
        assert len(original.read()) == file.size
    assert waiting_jobs("media.render_upload")[-1] == {"upload_id": upload.pk}


REFUSED: dict[str, Any] = {
    "empty": (lambda: ContentFile(b"", name="a.jpg"), errors.PhotoEmpty),
    "html named jpg": (lambda: fixture_file("disguised.jpg"), errors.NotAPhoto),
    "gif named png": (lambda: fixture_file("gif-named.png"), errors.AnimatedGif),
    "heic": (
        lambda: ContentFile(b"\0\0\0\x18ftypheic" + b"\0" * 200, name="a.jpg"),
        errors.HeicPhoto,
    ),
    "bomb": (lambda: fixture_file("bomb.png"), errors.FarTooManyPixels),
    "200 million declared": (lambda: png_that_declares(20_000, 10_000), errors.FarTooManyPixels),
    "51 million declared": (lambda: png_that_declares(10_000, 5_100), errors.TooManyPixels),
    "no pixels declared": (lambda: png_that_declares(0, 0), errors.PhotoBroken),
    "only a jpeg's first bytes": (
        lambda: ContentFile(b"\xff\xd8\xff\xe0" + b"\0" * 40, name="a.jpg"),
        errors.PhotoBroken,
    ),
    "webp head, other body": (
        lambda: ContentFile(b"RIFF\x40\0\0\0WEBP" + b"<svg onload=alert(1)>" * 4, name="a.webp"),
        errors.PhotoBroken,
    ),
    "bmp": (lambda: encoded(Image.new("RGB", (4, 4)), "BMP"), errors.NotAPhoto),
    "tiff": (lambda: encoded(Image.new("RGB", (4, 4)), "TIFF"), errors.NotAPhoto),
    "pdf": (lambda: encoded(Image.new("RGB", (4, 4)), "PDF"), errors.NotAPhoto),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused_and_leaves_nothing(case: str) -> None:
    make, refusal = REFUSED[case]
    ann = make_person()
    before, jobs = folders(), len(waiting_jobs())

    with pytest.raises(refusal) as raised:
        receive_upload(owner_id=ann.pk, purpose="note_photo", file=make(), now=WHEN)

    assert type(raised.value) is refusal
    assert raised.value.text()
    assert raised.value.hint_text()
    assert Upload.objects.count() == 0
    assert folders() == before
    assert len(waiting_jobs()) == jobs


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (
            10_000,
            5_100,
            "This photo has 51 million pixels, and at most 50 million are taken.",
        ),
        (
            20_000,
            10_000,
            "This photo has more than 178 million pixels, and at most 50 million are taken.",
        ),
    ],
)
def test_too_many_pixels_are_told_in_figures(width: int, height: int, said: str) -> None:
    file = png_that_declares(width, height)

    with pytest.raises(errors.TooManyPixels) as raised:
        check_photo(file=file, size=file.size)

    assert (raised.value.text(), raised.value.code) == (said, "media.too_many_pixels")


@pytest.mark.django_db
def test_one_byte_over_twenty_megabytes_is_refused_and_twenty_is_not() -> None:
    ann = make_person()
    photo = make_photo().read()
    over = ContentFile(photo + b"\0" * (MOST_BYTES + 1 - len(photo)), name="x")
    exact = ContentFile(photo + b"\0" * (MOST_BYTES - len(photo)), name="x")

    with pytest.raises(errors.PhotoTooLarge) as raised:
        receive_upload(owner_id=ann.pk, purpose="note_photo", file=over, now=WHEN)
    taken = receive_upload(owner_id=ann.pk, purpose="note_photo", file=exact, now=WHEN)

    assert raised.value.text() == "This file is 21 MB, and a photo may be at most 20 MB."
    assert Upload.objects.get().pk == taken.pk


@pytest.mark.django_db
def test_uploads_over_the_rate_must_wait_and_others_need_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from meadow.core.errors import RateLimited
    from meadow.media import services

    monkeypatch.setattr(services, "UPLOADS_RATE", "2/hour")
    ann, bo = make_person(), make_person()
    for _ in range(2):
        receive_upload(owner_id=ann.pk, purpose="note_photo", file=make_photo(), now=WHEN)

    with pytest.raises(RateLimited) as raised:
        receive_upload(owner_id=ann.pk, purpose="note_photo", file=make_photo(), now=WHEN)
    receive_upload(owner_id=bo.pk, purpose="note_photo", file=make_photo(), now=WHEN)

    assert raised.value.retry_after > 0
    assert Upload.objects.filter(owner=ann).count() == 2
