"""Rendering: no metadata, right way up, true colours, bounded, and safe to repeat."""

import datetime as dt
import io
import os
import resource
import struct
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageCms

from meadow.accounts.testing import make_person
from meadow.core import clock, realtime
from meadow.core.testing import forget_jobs, run_jobs
from meadow.media import rendering
from meadow.media.models import Rendition, Upload
from meadow.media.services import original_path, receive_upload, rendition_path
from meadow.media.testing import WHEN, make_photo, make_upload
from meadow.media.tests.helpers import FIXTURES, PHOTOS, chunks_of, encoded, fixture_file

SECRETS = (b"Exif", b"EXIF", b"GPS", b"secret", b"xmpmeta", b"ICC_PROFILE", b"Nokia", b"iPhone")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Progress events, as the owner's pages would hear them."""
    events = []
    monkeypatch.setattr(realtime, "publish", lambda **event: events.append(event["payload"]))
    return events


def take(file: Any, purpose: str = "note_photo", now: dt.datetime = WHEN) -> Any:
    owner = make_person()
    return receive_upload(owner_id=owner.pk, purpose=purpose, file=file, now=now)


def served(upload: Upload) -> Any:
    found = {}
    for rendition in Rendition.objects.filter(upload=upload).order_by("width"):
        with default_storage.open(rendition.path, "rb") as file:
            found[rendition.label] = file.read()
        assert len(found[rendition.label]) == rendition.bytes
    return found


def opened(upload: Upload, label: str) -> Any:
    return Image.open(io.BytesIO(served(upload)[label])).convert("RGB")


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["note_photo", "avatar"])
@pytest.mark.parametrize("name", PHOTOS)
def test_no_served_file_has_any_metadata(
    name: str, purpose: str, heard: list[dict[str, Any]]
) -> None:
    upload = take(fixture_file(name), purpose)

    rendering.render(upload_id=upload.pk)

    files = served(upload)
    assert files
    upload.refresh_from_db()
    assert list(files) == upload.labels
    for label, content in files.items():
        assert set(chunks_of(content)) <= {"VP8 ", "VP8L", "VP8X", "ALPH"}, label
        assert not any(secret in content for secret in SECRETS)
        image = Image.open(io.BytesIO(content))
        image.load()
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & image.info.keys()
        assert getattr(image, "n_frames", 1) == 1


def frames_without_end() -> Any:
    first, *more = (Image.new("RGB", (8, 8), (n % 256, 0, 0)) for n in range(2000))
    return encoded(first, "WEBP", save_all=True, append_images=more, lossless=True)


def directory_in_itself() -> Any:
    """EXIF whose five thousand entries all lead to its beginning."""
    entries = struct.pack(">HHII", 0x8769, 4, 1, 8) * 5000
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 5000) + entries
    return encoded(Image.new("RGB", (64, 64)), "JPEG", exif=exif)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make",
    [
        lambda: ContentFile(make_photo().read() + b"<script>alert(1)</script>", name="x"),
        lambda: encoded(Image.new("RGB", (64, 64)), "JPEG", comment=b"<script>alert(1)</script>"),
        lambda: ContentFile(make_photo(format="PNG").read() + b"PK\3\4<script>", name="x"),
        frames_without_end,
        directory_in_itself,
    ],
)
def test_a_photo_that_is_more_besides_becomes_one_picture_at_once(
    make: Any, heard: list[dict[str, Any]]
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    upload = take(make())

    rendering.render(upload_id=upload.pk)

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert served(upload)
    for content in served(upload).values():
        assert set(chunks_of(content)) <= {"VP8 ", "VP8L"}
        assert b"script" not in content
        assert getattr(Image.open(io.BytesIO(content)), "n_frames", 1) == 1
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


@pytest.mark.django_db
def test_nothing_but_the_renditions_remains(heard: list[dict[str, Any]]) -> None:
    upload = take(fixture_file("camera-gps.jpg"))

    rendering.render(upload_id=upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.progress, upload.error_code) == ("ready", 100, "")
    assert (upload.width, upload.height) == (1278, 720)
    names = default_storage.listdir(f"uploads/{upload.public_id}")[1]
    assert sorted(names) == ["w1080.webp", "w1920.webp", "w320.webp", "w640.webp"]
    sizes = Rendition.objects.filter(upload=upload).order_by("width")
    assert list(sizes.values_list("label", "width", "height")) == [
        ("w320", 320, 180),
        ("w640", 640, 361),
        ("w1080", 1080, 608),
        ("w1920", 1278, 720),
    ]
    assert upload.placeholder.startswith("data:image/webp;base64,")
    assert len(upload.placeholder) < 600


@pytest.mark.django_db
def test_a_turned_photo_is_served_upright(heard: list[dict[str, Any]]) -> None:
    straight, turned = (
        take(fixture_file("camera-gps.jpg")),
        take(fixture_file("camera-rotated.jpg")),
    )

    for upload in (straight, turned):
        rendering.render(upload_id=upload.pk)

    small = [opened(upload, "w320").resize((16, 9)) for upload in (straight, turned)]
    differences = [abs(a - b) for a, b in zip(small[0].tobytes(), small[1].tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 4


@pytest.mark.django_db
def test_a_small_photo_keeps_its_size(heard: list[dict[str, Any]]) -> None:
    upload = take(make_photo(width=200, height=150))

    rendering.render(upload_id=upload.pk)

    assert list(Rendition.objects.values_list("label", "width", "height")) == [("w320", 200, 150)]


@pytest.mark.django_db
def test_an_avatar_is_cropped_square_from_its_middle(heard: list[dict[str, Any]]) -> None:
    photo = Image.new("RGB", (600, 300), "#c03030")
    photo.paste("#3030c0", (150, 0, 450, 300))
    upload = take(encoded(photo, "PNG"), "avatar")

    rendering.render(upload_id=upload.pk)

    sizes = Rendition.objects.order_by("width").values_list("label", "width", "height")
    assert list(sizes) == [("a96", 96, 96), ("a256", 256, 256)]
    red, _green, blue = opened(upload, "a256").getpixel((4, 128))
    assert blue > 150 > 100 > red


@pytest.mark.django_db
def test_a_colour_profile_is_applied_before_it_is_dropped(heard: list[dict[str, Any]]) -> None:
    profile = ImageCms.ImageCmsProfile(str(swapped_profile()))
    upload = take(
        encoded(Image.new("RGB", (64, 64), (200, 40, 40)), "PNG", icc_profile=profile.tobytes())
    )

    rendering.render(upload_id=upload.pk)

    red, green, _blue = opened(upload, "w320").getpixel((32, 32))
    assert green > red


def swapped_profile() -> Any:
    """An sRGB profile whose red and green primaries are exchanged."""
    path = Path(os.environ["MEADOW_HOME"]) / "swapped.icc"
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    tags = {bytes(data[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    for one, other in ((b"rXYZ", b"gXYZ"),):
        a, b = tags[one] + 4, tags[other] + 4
        data[a : a + 8], data[b : b + 8] = data[b : b + 8], data[a : a + 8]
    path.write_bytes(data)
    return path


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("L", "PNG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("I;16", "PNG"),
        ("CMYK", "JPEG"),
        ("L", "JPEG"),
        ("RGBA", "WEBP"),
    ],
)
def test_every_kind_of_pixel_can_be_rendered(
    mode: str, kind: str, heard: list[dict[str, Any]]
) -> None:
    upload = take(encoded(Image.new(mode, (120, 90)), kind))

    rendering.render(upload_id=upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.width, upload.height) == ("ready", 120, 90)


@pytest.mark.django_db
def test_progress_rises_to_a_hundred_and_is_published(heard: list[dict[str, Any]]) -> None:
    upload = take(fixture_file("camera-gps.jpg"))

    rendering.render(upload_id=upload.pk)

    steps = [event["progress"] for event in heard]
    assert steps == sorted(steps)
    assert steps[-1] == 100
    assert len(steps) > 5
    assert heard[-1] == {"upload": upload.public_id, "state": "ready", "progress": 100}


@pytest.mark.django_db
def test_a_damaged_photo_ends_failed_with_a_reason_and_without_its_original(
    heard: list[dict[str, Any]],
) -> None:
    upload = take(fixture_file("broken.jpg"))

    rendering.render(upload_id=upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == ("failed", "media.broken")
    assert not default_storage.exists(original_path(upload.public_id))
    assert Rendition.objects.count() == 0
    assert heard[-1]["state"] == "failed"


@pytest.mark.django_db
def test_a_renderer_that_is_too_slow_is_stopped(
    heard: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = take(fixture_file("camera-iphone.jpg"))
    monkeypatch.setattr(rendering, "MOST_SECONDS", 0.05)

    rendering.render(upload_id=upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == ("failed", "media.render_timed_out")


@pytest.mark.django_db
def test_an_upload_whose_file_is_gone_says_so(heard: list[dict[str, Any]]) -> None:
    upload = take(make_photo())
    default_storage.delete(original_path(upload.public_id))

    rendering.render(upload_id=upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == ("failed", "media.original_lost")


@pytest.mark.django_db
def test_rendering_twice_changes_nothing(heard: list[dict[str, Any]]) -> None:
    upload = take(make_photo())
    rendering.render(upload_id=upload.pk)
    rows, files = list(Rendition.objects.values()), served(upload)

    rendering.render(upload_id=upload.pk)

    assert list(Rendition.objects.values()) == rows
    assert served(upload) == files


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def die(*_arguments: Any, **_options: Any) -> None:
    raise Killed


@pytest.mark.django_db
@pytest.mark.parametrize("dies_in", ["store", "delete_original"])
def test_a_worker_that_dies_at_any_step_is_made_good_by_the_next(
    dies_in: str, heard: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = take(make_photo(width=700, height=500))
    with monkeypatch.context() as broken:
        broken.setattr(rendering, dies_in, die)
        with pytest.raises(Killed):
            rendering.render(upload_id=upload.pk)
    # A half-written file of the dead worker lies where the rendition belongs.
    if dies_in == "store":
        default_storage.save(rendition_path(upload.public_id, "w320"), ContentFile(b"half"))

    rendering.render(upload_id=upload.pk)

    upload.refresh_from_db()
    assert upload.state == "ready"
    assert not default_storage.exists(original_path(upload.public_id))
    assert [chunks_of(content) for content in served(upload).values()] == [
        ["VP8 "],
        ["VP8 "],
        ["VP8 "],
    ]


@pytest.mark.django_db(transaction=True)
def test_the_job_renders_an_upload(heard: list[dict[str, Any]]) -> None:
    forget_jobs()
    # The worker runs the schedules too: the hourly sweep would take an old upload away.
    upload = take(make_photo(), now=clock.now())

    run_jobs("media")

    upload.refresh_from_db()
    assert upload.state == "ready"


@pytest.mark.django_db
def test_an_upload_that_is_gone_needs_no_rendering(heard: list[dict[str, Any]]) -> None:
    rendering.render(upload_id=999_999)

    assert heard == []


@pytest.mark.django_db
def test_stuck_uploads_are_started_again_and_fresh_or_finished_ones_are_not() -> None:
    from datetime import timedelta

    from meadow.core.testing import waiting_jobs
    from meadow.media.services import rescue_uploads

    owner = make_person()
    stuck = make_upload(owner.pk, state="processing", now=WHEN - timedelta(minutes=6))
    make_upload(owner.pk, state="processing", now=WHEN - timedelta(minutes=4))
    make_upload(owner.pk, state="ready", now=WHEN - timedelta(hours=6))
    before = len(waiting_jobs("media.render_upload"))

    first, second = rescue_uploads(now=WHEN), rescue_uploads(now=WHEN)

    assert (first, second) == (1, 1)
    jobs = waiting_jobs("media.render_upload")[before:]
    assert jobs == [{"upload_id": stuck.pk}]


def test_the_fixtures_do_hold_what_must_not_be_served() -> None:
    exif = Image.open(FIXTURES / "camera-gps.jpg").getexif()

    assert exif.get_ifd(0x8825)
    assert b"secret place" in (FIXTURES / "photo.png").read_bytes()
