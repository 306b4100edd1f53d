"""Preparing: real films become HLS, nothing of the original remains, any crash can be repeated."""

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from meadow.accounts.testing import make_person
from meadow.core import realtime
from meadow.core.testing import forget_jobs, waiting_jobs
from meadow.media.models import Arrival, Rendition, Upload, VideoFile
from meadow.media.tests.test_video_arrivals import begin, put, stored
from meadow.media.video import ffmpeg, preparing
from meadow.media.video.arrivals import give_up_video
from meadow.media.video.ladder import choose_fallback, list_sizes
from meadow.media.video.posters import begin_still, finish_still
from meadow.media.video.probe import probe
from meadow.media.video.testing import make_clip
from meadow.media.video.transcode import transcode
from meadow.runtime import processes

PLACE = ("-metadata", "location=+37.5+122.0/", "-metadata", "comment=a secret of mine")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Progress events, as the owner's pages would hear them."""
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(realtime, "publish", lambda **event: events.append(event["payload"]))
    return events


def arrived(clip: bytes) -> Upload:
    upload = begin(make_person(), clip)
    half = len(clip) // 2
    put(upload, 0, clip[:half])
    put(upload, half, clip[half:])
    return upload


def prepared(clip: bytes) -> Upload:
    upload = arrived(clip)
    preparing.check(upload_id=upload.pk)
    preparing.prepare(upload_id=upload.pk)
    upload.refresh_from_db()
    return upload


def read(upload: Upload, name: str) -> bytes:
    with default_storage.open(f"uploads/{upload.public_id}/{name}", "rb") as file:
        return bytes(file.read())


@pytest.mark.django_db
def test_a_film_becomes_hls_an_mp4_and_a_still(heard: list[dict[str, Any]]) -> None:
    upload = prepared(make_clip(seconds=5, extra=PLACE))

    assert (upload.state, upload.progress, upload.width, upload.height) == ("ready", 100, 320, 180)
    assert 4900 <= upload.duration_ms <= 5100
    names = ["v180.m3u8", "v180.m4s", "video.m3u8", "video.mp4"]
    assert stored(upload) == [*names[:2], *names[2:], "w320.webp"]
    assert sorted(VideoFile.objects.filter(upload=upload).values_list("name", flat=True)) == names
    assert b'CODECS="avc1.' in read(upload, "video.m3u8")
    assert read(upload, "v180.m3u8").count(b"#EXTINF") == 2
    assert not Arrival.objects.filter(upload=upload).exists()
    for name in names:
        content = read(upload, name)
        assert not any(word in content for word in (b"37.5", b"secret", b"location", b"Lavf"))
    steps = [event["progress"] for event in heard]
    assert steps == sorted(steps)
    assert (steps[-1], heard[-1]["state"]) == (100, "ready")


@pytest.mark.django_db
def test_what_is_served_plays_in_ffmpeg_too(tmp_path: Path, heard: list[dict[str, Any]]) -> None:
    upload = prepared(make_clip(seconds=2, kind="webm"))
    source = tmp_path / "original"
    source.write_bytes(read(upload, "video.mp4"))

    facts = probe(source=source, folder=tmp_path)

    assert (facts.width, facts.height, facts.has_audio) == (320, 180, True)


@pytest.mark.django_db
def test_a_refused_film_says_why_and_leaves_nothing(heard: list[dict[str, Any]]) -> None:
    upload = arrived(make_clip(seconds=2)[:9000])

    preparing.check(upload_id=upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.error_code) == ("failed", "media.video_broken")
    assert stored(upload) == []
    assert heard[-1]["state"] == "failed"


@pytest.mark.django_db
def test_a_film_without_sound_is_a_film(heard: list[dict[str, Any]]) -> None:
    upload = prepared(make_clip(seconds=1, sound=False))

    assert upload.state == "ready"
    assert b"mp4a" not in read(upload, "video.m3u8")


@pytest.mark.django_db
def test_removed_while_it_is_prepared_nothing_of_it_remains(
    monkeypatch: pytest.MonkeyPatch, heard: list[dict[str, Any]]
) -> None:
    upload = arrived(make_clip(seconds=2))
    preparing.check(upload_id=upload.pk)

    def removed_meanwhile(**given: Any) -> Any:
        made = transcode(**given)
        give_up_video(public_id=upload.public_id, owner_id=upload.owner_id)
        return made

    monkeypatch.setattr(preparing, "transcode", removed_meanwhile)
    preparing.prepare(upload_id=upload.pk)

    assert not Upload.objects.filter(pk=upload.pk).exists()
    assert stored(upload) == []


@pytest.mark.django_db
def test_another_still_is_a_photo_of_its_own(heard: list[dict[str, Any]]) -> None:
    upload = prepared(make_clip(seconds=3))

    photo_id = begin_still(
        video_id=upload.public_id,
        owner_id=upload.owner_id,
        at_ms=2000,
        now=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    )
    photo = Upload.objects.get(public_id=photo_id)
    finish_still(upload_id=photo.pk, video_id=upload.pk, at_ms=2000)

    photo.refresh_from_db()
    assert (photo.purpose, photo.state, photo.width) == ("note_photo", "ready", 320)
    labels = [Rendition.objects.get(upload=one).label for one in (photo, upload)]
    assert labels == ["w320", "w320"]
    assert read(photo, "w320.webp") != read(upload, "w320.webp")


@pytest.mark.parametrize(
    ("size", "names"),
    [
        ((1920, 1080), ["v360", "v720", "v1080"]),
        ((1080, 1920), ["v360", "v720", "v1080"]),
        ((3840, 2160), ["v360", "v720", "v1080"]),
        ((1280, 720), ["v360", "v720"]),
        ((960, 540), ["v360", "v540"]),
        ((640, 360), ["v360"]),
        ((720, 400), ["v360"]),
        ((320, 181), ["v181"]),
    ],
)
def test_the_ladder_never_enlarges(size: tuple[int, int], names: list[str]) -> None:
    sizes = list_sizes(width=size[0], height=size[1])

    assert [one.name for one in sizes] == names
    for one in sizes:
        assert one.width <= size[0]
        assert one.height <= size[1]
        assert one.width % 2 == one.height % 2 == 0
    assert min(choose_fallback(sizes).width, choose_fallback(sizes).height) <= 720


KILLED = """
import os, sys
import django
django.setup()
from meadow.media.video import preparing
preparing.prepare(upload_id=int(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_is_repeated_and_its_ffmpeg_dies_too(
    heard: list[dict[str, Any]],
) -> None:
    from django.db import connection

    forget_jobs()
    upload = arrived(make_clip(seconds=12, size="960x540"))
    preparing.check(upload_id=upload.pk)
    assert waiting_jobs("media.transcode_video") == [{"upload_id": upload.pk}]
    name = str(connection.settings_dict["NAME"])
    url = os.environ["DATABASE_URL"].replace("@/meadow?", f"@/{name.replace('/', '%2F')}?")
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(upload.pk)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "meadow.web.settings"},
    )
    shop = Path(tempfile.gettempdir()) / f"meadow-video-{upload.public_id}-make"
    assert processes.wait_until((shop / "v360.m4s").exists, seconds=60)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    def living() -> list[Path]:
        everybody = [one for one in Path("/proc").iterdir() if one.name.isdecimal()]
        return [one for one in everybody if _cwd(one) == str(shop)]

    # The kernel ends it with its parent, a moment later.
    assert processes.wait_until(lambda: living() == [], seconds=30)
    assert shop.exists()
    preparing.prepare(upload_id=upload.pk)

    upload.refresh_from_db()
    assert upload.state == "ready"
    assert not shop.exists()
    assert "original" not in stored(upload)
    assert stored(upload)[:2] == ["v360.m3u8", "v360.m4s"]


def _cwd(process: Path) -> str:
    try:
        return os.readlink(process / "cwd")
    except OSError:
        return ""


def test_the_program_reaches_no_network_and_holds_its_limits(tmp_path: Path) -> None:
    source = tmp_path / "original"
    source.write_bytes(make_clip(seconds=1))
    small = ffmpeg.Bounds(seconds=20, memory=2 * 1024**3, file_bytes=10_000, cpu_seconds=20)

    outcome = ffmpeg.run(
        [*ffmpeg.guarded_input("mov"), "-c", "copy", "-f", "mpegts", "out.ts"],
        source=source,
        folder=tmp_path,
        bounds=small,
    )

    assert not outcome.ok
    assert (tmp_path / "out.ts").stat().st_size <= 10_000
