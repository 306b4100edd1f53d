"""What a video is, found out before anything is made of it: one decoded picture, and its packets counted."""

import re
from dataclasses import dataclass
from pathlib import Path

from meadow.media.video import errors, ffmpeg
from meadow.media.video.errors import VideoRefused
from meadow.media.video.kinds import HEAD_BYTES, find_format
from meadow.media.video.limits import MEBIBYTE, limits

# Two of these runs and the rest stay well under two seconds for anything that is refused.
BOUNDS = ffmpeg.Bounds(seconds=8, memory=1536 * MEBIBYTE, file_bytes=4 * MEBIBYTE, cpu_seconds=6)
HDR_TRANSFERS = ("arib-std-b67", "smpte2084")

_DIMENSIONS = re.compile(r"^#dimensions 0: (\d+)x(\d+)$", re.M)
_SAR = re.compile(r"^#sar 0: (\d+)/(\d+)$", re.M)
_VIDEO = re.compile(r"^\s*Stream #0:\d+.*?: Video: (.+)$", re.M)
_AUDIO = re.compile(r"^\s*Stream #0:\d+.*?: Audio: (.+)$", re.M)
_OUTPUT = re.compile(r"^Output #0", re.M)


@dataclass(frozen=True)
class Facts:
    """A video that is taken: `width` x `height` as it is shown, upright and with square pixels."""

    demuxer: str
    width: int
    height: int
    duration_ms: int
    fps: float
    has_audio: bool
    is_hdr: bool


def probe(*, source: Path, folder: Path) -> Facts:
    """Return what a file is, or raise the VideoRefused that applies.

    Nothing that its header declares is believed: a picture is decoded and the packets are counted.
    """
    with source.open("rb") as file:
        demuxer = find_format(file.read(HEAD_BYTES))
    first = ffmpeg.run(
        [
            *("-loglevel", "info", *ffmpeg.guarded_input(demuxer)),
            *("-map", "0:V:0", "-frames:v", "1", "-f", "framecrc", "pipe:1"),
        ],
        source=source,
        folder=folder,
        bounds=BOUNDS,
    )
    _check_first(first)
    width, height = _shown_size(first.out)
    duration_ms, frames = _count(source=source, folder=folder, demuxer=demuxer)
    _check_length(duration_ms=duration_ms, frames=frames)
    described = _OUTPUT.split(first.said)[0]
    video = _VIDEO.search(described)
    return Facts(
        demuxer=demuxer,
        width=width,
        height=height,
        duration_ms=duration_ms,
        fps=frames / (duration_ms / 1000),
        has_audio=_check_audio(described),
        is_hdr=video is not None and any(name in video[1] for name in HDR_TRANSFERS),
    )


def _check_first(outcome: ffmpeg.Outcome) -> None:
    """Raise what keeps the first picture from being decoded."""
    if outcome.ok and _DIMENSIONS.search(outcome.out):
        return
    said = outcome.said
    if "exceeds max_streams" in said:
        raise errors.TooManyTracks
    if "max_pixels" in said or "Picture size" in said or "dimensions not set" in said:
        raise errors.VideoTooManyPixels
    if "matches no streams" in said:
        raise errors.VideoTooShort
    if outcome.ok:
        # It opened, it has a picture track, and there is not one picture in it.
        raise errors.VideoTooShort
    raise errors.VideoBroken(detail=said[-300:])


def _shown_size(out: str) -> tuple[int, int]:
    """Return the size the first picture is shown at. Raises TooManyPixels or TooSmall."""
    most = limits()
    found = _DIMENSIONS.search(out)
    if found is None:
        raise errors.VideoBroken
    width, height = int(found[1]), int(found[2])
    ratio = _SAR.search(out)
    if ratio is not None and int(ratio[1]) > 0 and int(ratio[2]) > 0:
        width = round(width * int(ratio[1]) / int(ratio[2]))
    if max(width, height) > most.longest_side or width * height > most.most_pixels:
        raise errors.VideoTooManyPixels
    if min(width, height) < most.shortest_side:
        raise errors.VideoTooSmall
    return width, height


def _count(*, source: Path, folder: Path, demuxer: str) -> tuple[int, int]:
    """Return how long the picture track is in milliseconds, and of how many packets."""
    counted: dict[str, str] = {}

    def hear(line: str) -> None:
        name, _, value = line.partition("=")
        counted[name] = value.strip()

    # Beyond the longest that is taken there is nothing to learn.
    most = str(limits().most_seconds + 2)
    outcome = ffmpeg.run(
        [
            *("-loglevel", "error", *ffmpeg.guarded_input(demuxer), "-map", "0:V:0", "-c", "copy"),
            *("-t", most, "-f", "null", "-progress", "pipe:1", "-nostats", "pipe:2"),
        ],
        source=source,
        folder=folder,
        bounds=BOUNDS,
        on_line=hear,
    )
    if not outcome.ok:
        raise errors.VideoBroken(detail=outcome.said[-300:])
    frames = int(counted.get("frame", "0"))
    time = counted.get("out_time_us", "0")
    reached = int(time) // 1000 if time.lstrip("-").isdigit() else 0
    # The time said is the last packet's beginning.
    return reached + (reached // frames if frames else 0), frames


def _check_length(*, duration_ms: int, frames: int) -> None:
    most = limits()
    if duration_ms < most.shortest_ms or frames < 2:
        raise errors.VideoTooShort
    if duration_ms > most.most_seconds * 1000 + 500:
        raise errors.VideoTooLong
    if frames / (duration_ms / 1000) > most.most_fps * 1.05:
        raise errors.VideoTooFast


def _check_audio(described: str) -> bool:
    """Whether there is sound. Raises VideoBroken for sound that no decoder of ours reads."""
    audio = _AUDIO.search(described)
    if audio is None:
        return False
    if audio[1].startswith(("none", "unknown")):
        raise errors.VideoBroken(detail=f"audio {audio[1]}"[:300])
    return True


__all__ = ["Facts", "VideoRefused", "probe"]
