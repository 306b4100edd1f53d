"""Clips for tests and the demo, drawn by ffmpeg itself, and videos that are already prepared."""

import datetime as dt
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from meadow.media.models import Caption, Upload, VideoFile
from meadow.media.services import folder_of
from meadow.media.testing import WHEN, make_upload
from meadow.media.video.ffmpeg import program

MASTER = b"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nv360.m3u8\n"


@cache
def make_clip(
    *,
    seconds: float = 2.0,
    size: str = "320x180",
    kind: str = "mp4",
    sound: bool = True,
    picture: str = "testsrc2",
    extra: tuple[str, ...] = (),
) -> bytes:
    """Return a real little film; `extra` are ffmpeg's output options."""
    codecs = {
        "mp4": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        "mov": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
        "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    }
    sounds = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if sound else []
    with tempfile.TemporaryDirectory(prefix="meadow-clip-") as folder:
        target = Path(folder) / f"clip.{kind}"
        subprocess.run(
            [
                *(program(), "-nostdin", "-loglevel", "error", "-y"),
                *("-f", "lavfi", "-i", f"{picture}=size={size}:rate=25:duration={seconds}"),
                *(*sounds, *codecs[kind], *extra, str(target)),
            ],
            check=True,
            timeout=120,
        )
        return target.read_bytes()


def make_video(
    owner: int,
    *,
    state: str = "ready",
    attached: bool = False,
    captions: bool = False,
    with_files: bool = True,
    now: dt.datetime = WHEN,
) -> Upload:
    """Return a video of the person with id `owner`; a ready one has files to fetch."""
    video = make_upload(
        owner, purpose="note_video", state=state, with_files=with_files, attached=attached, now=now
    )
    if state == "ready":
        content = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 8
        names = {"video.m3u8": MASTER, "v360.m3u8": MASTER, "v360.m4s": content}
        for name, held in {**names, "video.mp4": content}.items():
            if with_files:
                path = f"{folder_of(video.public_id)}/{name}"
                default_storage.save(path, ContentFile(held))
            VideoFile.objects.create(upload=video, name=name, bytes=len(held))
    if captions:
        text = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nGood morning\n"
        Caption.objects.create(upload=video, language="en", cues=1, text=text, created_at=now)
    return video
