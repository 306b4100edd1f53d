"""Runs ffmpeg over a stranger's file: one input, one forced format, known decoders, hard limits."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from meadow.media.rendering import bare_environment
from meadow.media.video.limits import limits

MEBIBYTE = 1024 * 1024
# What phones, cameras, screen recorders and editors write; nothing rarer ever sees a stranger's bytes.
DECODERS = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,libdav1d,av1,mpeg4,"
    "aac,mp3,mp3float,ac3,eac3,opus,libopus,vorbis,alac,flac,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_f32le"
)
STDERR_BYTES = 64 * 1024
# SIGXCPU, and SIGXFSZ of a program that writes without end.
_OVER_LIMIT = (-24, -25)


@dataclass(frozen=True)
class Bounds:
    """What one run may take."""

    seconds: int
    memory: int
    file_bytes: int
    # Of all its threads together.
    cpu_seconds: int


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the last of what it said, and whether a limit stopped it."""

    ok: bool
    slow: bool
    out: str
    said: str


@cache
def program() -> str:
    """Return where ffmpeg lies."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def guarded_input(demuxer: str) -> list[str]:
    """Return the options of an input on fd 0 that can open nothing but itself.

    The demuxer is forced, so that a playlist stays bytes; `fd` is the only protocol, so that no
    reference in it leads to a file or an address; sizes and numbers are bounded before decoding.
    """
    most = limits()
    special = ["-enable_drefs", "0", "-use_absolute_path", "0"] if demuxer == "mov" else []
    return [
        *("-f", demuxer, "-protocol_whitelist", "fd", "-codec_whitelist", DECODERS),
        *("-max_streams", str(most.most_streams), "-max_pixels", str(most.most_pixels)),
        *("-threads", "2", *special, "-i", "fd:"),
    ]


def run(
    arguments: Sequence[str],
    *,
    source: Path,
    folder: Path,
    bounds: Bounds,
    on_line: Callable[[str], None] | None = None,
) -> Outcome:
    """Run ffmpeg in `folder` with `source` as its standard input.

    Each line of its standard output goes to `on_line`, which may raise to stop it; without one the
    lines are returned. What it complains about is kept up to 64 KiB.
    """
    command = [
        *(sys.executable, "-m", "meadow.media.video.limited"),
        *(str(bounds.memory), str(bounds.cpu_seconds), str(bounds.file_bytes)),
        *(program(), "-hide_banner", "-nostdin", "-y", "-max_alloc", str(512 * MEBIBYTE)),
        *arguments,
    ]
    complaints = folder / "ffmpeg.log"
    environment = {**bare_environment(), "PYTHONPATH": str(Path(__file__).parents[3])}
    with source.open("rb") as given, complaints.open("wb") as log:
        ffmpeg = subprocess.Popen(
            command,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=environment,
            text=True,
            errors="replace",
        )
    late = threading.Event()

    def stop() -> None:
        late.set()
        ffmpeg.kill()

    timer = threading.Timer(bounds.seconds, stop)
    timer.start()
    lines: list[str] = []
    try:
        assert ffmpeg.stdout is not None  # noqa: S101 - asked for above
        for line in ffmpeg.stdout:
            (on_line or lines.append)(line.rstrip("\n"))
        code = ffmpeg.wait()
    finally:
        timer.cancel()
        ffmpeg.kill()
        ffmpeg.wait()
        if ffmpeg.stdout is not None:
            ffmpeg.stdout.close()
    with complaints.open("rb") as written:
        said = written.read(STDERR_BYTES).decode("utf-8", "replace")
    complaints.unlink()
    slow = late.is_set() or code in _OVER_LIMIT or code == -9
    return Outcome(ok=code == 0, slow=slow, out="\n".join(lines), said=said)
