"""From a probed file to what is served: HLS in a few qualities, a plain MP4, and a still picture."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meadow.media.video import ffmpeg
from meadow.media.video.errors import VideoBroken, VideoTimedOut
from meadow.media.video.ladder import Size, choose_fallback, list_sizes
from meadow.media.video.limits import MEBIBYTE, limits
from meadow.media.video.probe import Facts

MASTER = "video.m3u8"
FALLBACK = "video.mp4"
STILL = "still.png"
SEGMENT_SECONDS = 4
MOST_FPS = 30
# Phones write bright pictures (HLG, Dolby Vision); without this they look washed out everywhere else.
TONE_MAP = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,"
)
_CLEAN = ("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-fflags", "+bitexact")
_EXTINF = re.compile(r"^#EXTINF:([\d.]+),", re.M)


@dataclass(frozen=True)
class Made:
    """What lies in the folder now: `names` of files to serve, and the length that was really made."""

    names: list[str]
    sizes: list[Size]
    duration_ms: int


def transcode(
    *, facts: Facts, source: Path, folder: Path, on_progress: Callable[[int], None]
) -> Made:
    """Write playlists, one media file a quality, the plain MP4 and a still into `folder`.

    `on_progress` hears 0 to 100 and may raise to stop it. Raises VideoTimedOut or VideoBroken.
    """
    sizes = list_sizes(width=facts.width, height=facts.height)
    _run(
        _ladder(facts, sizes),
        source=source,
        folder=folder,
        bounds=_bounds(facts),
        on_line=_listen(facts.duration_ms, on_progress),
    )
    fallback = choose_fallback(sizes)
    # The file read here is one that we wrote ourselves.
    best = folder / f"{sizes[-1].name}.m4s"
    _run(
        [
            *(*ffmpeg.guarded_input("mov"), "-map", "0:V:0", "-map", "0:a:0?", "-c", "copy"),
            *(*_CLEAN, "-movflags", "+faststart", FALLBACK),
        ],
        source=folder / f"{fallback.name}.m4s",
        folder=folder,
        bounds=_bounds(facts),
    )
    duration_ms = _played(folder / f"{sizes[-1].name}.m3u8")
    take_still(source=best, folder=folder, at_ms=min(3000, duration_ms // 4))
    names = [MASTER, FALLBACK]
    for size in sizes:
        names += [f"{size.name}.m3u8", f"{size.name}.m4s"]
    return Made(names=names, sizes=sizes, duration_ms=duration_ms)


def take_still(*, source: Path, folder: Path, at_ms: int) -> Path:
    """Write the picture shown at a moment of a file of ours as PNG; returns where it lies."""
    _run(
        [
            *("-ss", f"{at_ms / 1000:.3f}", *ffmpeg.guarded_input("mov"), "-map", "0:V:0"),
            *("-frames:v", "1", *_CLEAN, "-f", "image2", "-update", "1", STILL),
        ],
        source=source,
        folder=folder,
        bounds=ffmpeg.Bounds(
            seconds=30, memory=2048 * MEBIBYTE, file_bytes=64 * MEBIBYTE, cpu_seconds=30
        ),
    )
    if not (folder / STILL).exists():
        raise VideoBroken
    return folder / STILL


def _ladder(facts: Facts, sizes: list[Size]) -> list[str]:
    """Return the arguments of the one run that makes every quality, cut at the same moments."""
    largest = sizes[-1]
    shrink = f"fps={MOST_FPS}," if facts.fps > MOST_FPS + 1 else ""
    shrink += f"scale={largest.width}:{largest.height}:flags=bicubic,setsar=1,"
    shrink += TONE_MAP if facts.is_hdr else ""
    parts = [
        f"[0:V:0]{shrink}format=yuv420p,split={len(sizes)}"
        + "".join(f"[s{place}]" for place in range(len(sizes)))
    ]
    parts += [
        f"[s{place}]scale={size.width}:{size.height}:flags=bicubic,setsar=1[v{place}]"
        for place, size in enumerate(sizes)
    ]
    maps: list[str] = []
    for place, size in enumerate(sizes):
        maps += ["-map", f"[v{place}]", *(["-map", "0:a:0"] if facts.has_audio else [])]
        maps += [f"-maxrate:v:{place}", f"{size.kilobits}k"]
        maps += [f"-bufsize:v:{place}", f"{2 * size.kilobits}k"]
    sound = ["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000", "-flags:a", "+bitexact"]
    streams = " ".join(
        f"v:{place}{f',a:{place}' if facts.has_audio else ''},name:{size.name}"
        for place, size in enumerate(sizes)
    )
    return [
        *ffmpeg.guarded_input(facts.demuxer),
        *("-filter_complex_threads", "2", "-filter_complex", ";".join(parts), *maps, *_CLEAN),
        *("-t", str(limits().most_seconds + 1)),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "23"),
        *("-flags:v", "+bitexact", "-threads:v", "2", "-sc_threshold", "0"),
        *("-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT_SECONDS})"),
        *(sound if facts.has_audio else []),
        *("-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_playlist_type", "vod"),
        *("-hls_segment_type", "fmp4", "-hls_flags", "single_file+independent_segments"),
        *("-master_pl_name", MASTER, "-var_stream_map", streams),
        *("-hls_segment_filename", "%v.m4s", "-progress", "pipe:1", "-nostats", "%v.m3u8"),
    ]


def _bounds(facts: Facts) -> ffmpeg.Bounds:
    seconds = 120 + 8 * facts.duration_ms // 1000
    return ffmpeg.Bounds(
        seconds=seconds,
        memory=4096 * MEBIBYTE,
        file_bytes=2 * limits().most_bytes + 64 * MEBIBYTE,
        cpu_seconds=2 * seconds,
    )


def _run(
    arguments: list[str],
    *,
    source: Path,
    folder: Path,
    bounds: ffmpeg.Bounds,
    on_line: Callable[[str], None] | None = None,
) -> None:
    outcome = ffmpeg.run(
        ["-loglevel", "error", *arguments],
        source=source,
        folder=folder,
        bounds=bounds,
        on_line=on_line,
    )
    if outcome.slow:
        raise VideoTimedOut
    if not outcome.ok:
        raise VideoBroken(detail=outcome.said[-300:])


def _listen(duration_ms: int, on_progress: Callable[[int], None]) -> Callable[[str], None]:
    def hear(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.isdigit():
            on_progress(min(100, int(value) // 10 // duration_ms))

    return hear


def _played(playlist: Path) -> int:
    """Return how long a playlist plays, in milliseconds."""
    return round(1000 * sum(float(one) for one in _EXTINF.findall(playlist.read_text())))
