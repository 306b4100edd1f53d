"""Receiving: judged by content, refused in sentences, and a refused file leaves nothing behind."""

import struct
import time
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


def png_that_declares(width: int, height: int, *more: bytes) -> Any:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [b"IHDR" + header, *more, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"]
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


def jpeg_that_declares(width: int, height: int) -> Any:
    content = make_photo(width=8, height=8).read()
    at = content.index(b"\xff\xc0") + 5
    return ContentFile(
        content[:at] + struct.pack(">HH", height, width) + content[at + 4 :], name="x"
    )


def jpeg_of_scans(count: int, *, side: int) -> Any:
    """A progressive JPEG that asks for its last pass again and again."""
    content = encoded(Image.new("RGB", (side, side)), "JPEG", progressive=True).read()
    last = content[content.rindex(b"\xff\xda") : -2]
    return ContentFile(content[:-2] + last * count + content[-2:], name="x")


def bomb_in(chunk: bytes) -> Any:
    """A PNG of whose text or profile five thousand bytes become five million."""
    return png_that_declares(4, 4, chunk + b"a\0\0" + zlib.compress(bytes(5_000_000), 9))


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
    "50,000 by 50,000 as png": (lambda: png_that_declares(50_000, 50_000), errors.FarTooManyPixels),
    "50,000 by 50,000 as jpeg": (
        lambda: jpeg_that_declares(50_000, 50_000),
        errors.FarTooManyPixels,
    ),
    "passes without end": (lambda: jpeg_of_scans(2000, side=1200), errors.PhotoTooSlow),
    "chunks without end": (
        lambda: png_that_declares(4, 4, *[b"tEXta\0b"] * 30_000),
        errors.PhotoTooSlow,
    ),
    "text that unpacks": (lambda: bomb_in(b"zTXt"), errors.PhotoBroken),
    "profile that unpacks": (lambda: bomb_in(b"iCCP"), errors.PhotoBroken),
    "webp that is all canvas": (
        lambda: ContentFile(b"RIFF\x16\0\0\0WEBPVP8X\n\0\0\0\2\0\0\0" + b"\xff?\0" * 2, name="x"),
        errors.PhotoBroken,
    ),
    "svg": (lambda: ContentFile(b"<svg onload='alert(1)'></svg>" * 9, name="x"), errors.NotAPhoto),
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

    file, begun = make(), time.process_time()

    with pytest.raises(refusal) as raised:
        receive_upload(owner_id=ann.pk, purpose="note_photo", file=file, now=WHEN)

    assert time.process_time() - begun < 1
    assert type(raised.value) is refusal
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
