"""Hostile files: each is refused by what is in it, in under a second of work, in little memory."""

import contextlib
import resource
import socket
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from meadow.media.errors import REASONS, reason_hint, reason_text
from meadow.media.video.errors import (
    NotAVideo,
    TooManyTracks,
    VideoBroken,
    VideoRefused,
    VideoTooLong,
    VideoTooManyPixels,
    VideoTooShort,
    VideoTooSmall,
)
from meadow.media.video.kinds import find_format
from meadow.media.video.probe import probe
from meadow.media.video.testing import make_clip

FTYP = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"isom")
EBML = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08"
MOST_SECONDS = 1.0


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def find_box(content: bytes, kind: bytes) -> int:
    at = content.index(kind)
    return at - 4


def golomb(number: int) -> str:
    return bin(number + 1)[2:].rjust(2 * (number + 1).bit_length() - 1, "0")


def swap(content: bytes, path: str, fresh: bytes) -> bytes:
    """Put another box in the place of the last one of `path`, and grow those it lies in."""
    place = 0
    around: list[int] = []
    for kind in path.split():
        place = content.index(kind.encode().ljust(4), place + 8 if around else 0) - 4
        around.append(place)
    size = struct.unpack(">I", content[place : place + 4])[0]
    content = content[:place] + fresh + content[place + size :]
    for at in around[:-1]:
        length = struct.unpack(">I", content[at : at + 4])[0] + len(fresh) - size
        content = content[:at] + struct.pack(">I", length) + content[at + 4 :]
    return content


def huge(side: int) -> bytes:
    """A film whose H.264 stream says of itself that its pictures are `side` x `side`."""
    blocks = golomb(side // 16 - 1)
    bits = "".join([golomb(0), golomb(0), golomb(2), golomb(1), "0", blocks, blocks, "1100", "1"])
    bits = bits.ljust(-(-len(bits) // 8) * 8, "0")
    sps = b"\x67\x42\xc0\x33" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    clip = make_clip(seconds=1, sound=False)
    at = find_box(clip, b"avcC")
    size = struct.unpack(">I", clip[at : at + 4])[0]
    old = struct.unpack(">H", clip[at + 14 : at + 16])[0]
    rest = clip[at + 16 + old : at + size]
    fresh = clip[at + 8 : at + 14] + struct.pack(">H", len(sps)) + sps + rest
    return swap(clip, "moov trak mdia minf stbl stsd avc1 avcC", box(b"avcC", fresh))


def many_tracks(count: int) -> bytes:
    """A film whose one track is there `count` times."""
    clip = make_clip(seconds=1, sound=False)
    at = find_box(clip, b"moov")
    moov = clip[at : at + struct.unpack(">I", clip[at : at + 4])[0]]
    track_at = find_box(moov, b"trak")
    track = moov[track_at : track_at + struct.unpack(">I", moov[track_at : track_at + 4])[0]]
    return clip[:at] + box(b"moov", moov[8:] + track * count)


def outside_reference(url: bytes) -> bytes:
    """A MOV whose pictures are said to lie elsewhere (a `dref` that is not self-contained)."""
    clip = make_clip(seconds=1, sound=False, kind="mov")
    entry = box(b"url ", b"\x00\x00\x00\x00" + url + b"\x00")
    # QuickTime has a data handler with a `dinf` before the one of the pictures.
    return swap(
        clip,
        "moov trak mdia minf dinf dref",
        box(b"dref", b"\x00\x00\x00\x00\x00\x00\x00\x01" + entry),
    )


PLAYLIST = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
)
ANIMATED = b"GIF89a\x01\x00\x01\x00"
HOSTILE: dict[str, tuple[Callable[[], bytes], type[VideoRefused]]] = {
    "playlist": (lambda: PLAYLIST, NotAVideo),
    "ffconcat": (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n" + b" " * 64, NotAVideo),
    "sdp": (lambda: b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n" * 2, NotAVideo),
    "avi": (lambda: b"RIFF\x00\x00\x10\x00AVI LIST" + bytes(64), NotAVideo),
    "mkv": (lambda: EBML + b"\x42\x82\x88matroska" + bytes(64), NotAVideo),
    "html": (lambda: b"<!doctype html><script>alert(1)</script>" + bytes(64), NotAVideo),
    "zip": (lambda: b"PK\x03\x04" + bytes(128), NotAVideo),
    "gif": (lambda: ANIMATED + bytes(64), NotAVideo),
    "heic": (lambda: box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic") + bytes(64), NotAVideo),
    "ftyp and a playlist": (lambda: FTYP + PLAYLIST * 4, VideoBroken),
    "ftyp and zeros": (lambda: FTYP + bytes(4096), VideoBroken),
    "ftyp and nothing": (lambda: FTYP + b"\x00" * 60, VideoBroken),
    "webm and zeros": (lambda: EBML + b"\x42\x82\x84webm" + bytes(4096), VideoBroken),
    "cut in half": (lambda: make_clip(seconds=2)[:9000], VideoBroken),
    "sound alone": (
        lambda: make_clip(seconds=1, extra=("-vn", "-f", "mp4")),
        VideoTooShort,
    ),
    "one picture": (
        lambda: make_clip(seconds=1, sound=False, extra=("-frames:v", "1")),
        VideoTooShort,
    ),
    "sixteen pixels": (lambda: make_clip(size="16x16", seconds=1), VideoTooSmall),
    "16,000 pixels wide": (
        lambda: make_clip(size="16000x64", seconds=1, sound=False, kind="webm"),
        VideoTooManyPixels,
    ),
    "50,000 by 50,000": (lambda: huge(50_000), VideoTooManyPixels),
    "thousands of tracks": (lambda: many_tracks(5000), TooManyTracks),
    "endless": (
        lambda: make_clip(
            seconds=2, sound=False, extra=("-vf", "setpts=PTS*2000", "-fps_mode", "passthrough")
        ),
        VideoTooLong,
    ),
}


def spent() -> float:
    """Return the processor seconds of ffmpeg and of this process: others may be busy meanwhile."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def judge(content: bytes, folder: Path) -> VideoRefused:
    source = folder / "original"
    source.write_bytes(content)
    with pytest.raises(VideoRefused) as refused:
        probe(source=source, folder=folder)
    return refused.value


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_once_and_by_name(name: str, tmp_path: Path) -> None:
    make, kind = HOSTILE[name]
    content = make()
    begun = spent()

    refusal = judge(content, tmp_path)

    assert isinstance(refusal, kind), (type(refusal), refusal.params)
    assert spent() - begun < MOST_SECONDS
    assert refusal.hint_text()


@pytest.mark.usefixtures("words")
def test_every_refusal_says_in_both_languages_what_is_wrong_and_how_to_mend_it() -> None:
    # The base of each is never raised by itself.
    for code in REASONS.keys() - {"media.refused"}:
        with translation.override("en"):
            english = [str(reason_text(code)), str(reason_hint(code))]
        with translation.override("zh-hans"):
            chinese = [str(reason_text(code)), str(reason_hint(code))]
        assert all(english), code
        assert all(max(words) >= "\u4e00" for words in chinese), (code, chinese)


def test_a_header_that_says_forever_is_not_believed(tmp_path: Path) -> None:
    clip = make_clip(seconds=1)
    at = find_box(clip, b"mvhd") + 24
    source = tmp_path / "original"
    source.write_bytes(clip[:at] + b"\xff\xff\xff\xfe" + clip[at + 4 :])

    assert 900 <= probe(source=source, folder=tmp_path).duration_ms <= 1100


@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12))
@settings(max_examples=4)
def test_a_film_with_any_bytes_changed_is_taken_or_refused_and_nothing_else(
    places: list[tuple[float, int]],
) -> None:
    content = bytearray(make_clip(seconds=0.6, size="64x64"))
    # Of the head: what lies behind are pixels.
    for part, byte in places:
        content[int(part * 3000)] = byte
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(VideoRefused):
        source = Path(folder) / "original"
        source.write_bytes(content)
        begun = spent()
        try:
            probe(source=source, folder=Path(folder))
        finally:
            assert spent() - begun < MOST_SECONDS


def test_a_picture_of_50000_by_50000_is_never_made_room_for(tmp_path: Path) -> None:
    content = huge(50_000)
    judge(make_clip(size="16x16", seconds=1), tmp_path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    judge(content, tmp_path)

    # In KiB, of the largest child: a plain picture of that size would be 3.5 GiB.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before < 256 * 1024


def test_a_reference_to_elsewhere_reaches_neither_a_file_nor_an_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        secret = tmp_path / "secret.mp4"
        secret.write_bytes(make_clip(seconds=2))
        source = tmp_path / "original"
        for url in (
            f"http://127.0.0.1:{port}/x.mp4",
            f"tcp://127.0.0.1:{port}",
            f"file://{secret}",
        ):
            source.write_bytes(outside_reference(url.encode()))
            # It is read as if its pictures were its own, or not at all.
            with contextlib.suppress(VideoRefused):
                assert probe(source=source, folder=tmp_path).duration_ms < 1500

        with pytest.raises(TimeoutError):
            server.accept()


def test_a_polyglot_is_a_film_or_nothing(tmp_path: Path) -> None:
    clip = make_clip(seconds=1) + b"PK\x03\x04<script>alert(1)</script>" + bytes(64)
    source = tmp_path / "original"
    source.write_bytes(clip)

    facts = probe(source=source, folder=tmp_path)

    assert (facts.width, facts.height, facts.has_audio) == (320, 180, True)


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm"])
def test_what_cameras_and_browsers_write_is_taken(kind: str, tmp_path: Path) -> None:
    content = make_clip(kind=kind)
    source = tmp_path / "original"
    source.write_bytes(content)

    facts = probe(source=source, folder=tmp_path)

    assert find_format(content[:64]) == ("matroska" if kind == "webm" else "mov")
    assert (facts.width, facts.height) == (320, 180)
    assert 1900 <= facts.duration_ms <= 2100


def test_a_phone_held_upright_gives_an_upright_film(tmp_path: Path) -> None:
    clip = make_clip(seconds=1)
    # The matrix of the track's header, turned by 90 degrees.
    turned = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    at = find_box(clip, b"tkhd") + 8 + 40
    source = tmp_path / "original"
    source.write_bytes(clip[:at] + turned + clip[at + len(turned) :])

    facts = probe(source=source, folder=tmp_path)

    assert (facts.width, facts.height) == (180, 320)
