"""What a file is, judged by its content: its name and declared type are never trusted."""

import re
from collections.abc import Iterator
from typing import IO

from PIL import Image

from meadow.media.errors import (
    AnimatedGif,
    FarTooManyPixels,
    HeicPhoto,
    NotAPhoto,
    PhotoBroken,
    PhotoEmpty,
    PhotoTooLarge,
    PhotoTooSlow,
    TooManyPixels,
)

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_PIXELS = 50_000_000
# Pillow refuses more than this before it tells how many they are.
BOMB_PIXELS = 2 * (Image.MAX_IMAGE_PIXELS or MOST_PIXELS)
# Pillow opens these and nothing else, so that no rarely used decoder ever sees a stranger's bytes.
OPENED_FORMATS = ("JPEG", "PNG", "WEBP")
# A progressive JPEG comes in about ten passes over the whole picture. A few hundred bytes ask for one
# more, so that a small file could keep a processor for minutes.
MOST_SCANS = 100
# Segments of a JPEG or chunks of a PNG, each of which is read for itself; a photo has some thousand.
MOST_PARTS = 20_000
# What Pillow may call them: a JPEG of several pictures, as some phones write, is an MPO.
KNOWN_FORMATS = frozenset({"JPEG", "MPO", "PNG", "WEBP"})

# In the pixels of a JPEG 0xff is followed by 0 or by the number of a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SCAN, _END = b"\xda", b"\xd9"
_BARE = (b"\xd8", b"\x01")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")


def check_photo(*, file: IO[bytes], size: int) -> None:
    """Raise the UploadRefused that applies unless `file` is a JPEG, PNG or WebP within limits.

    Reads the header and, for PNG, the checksums; pixels are not decoded. Leaves `file` at 0.
    """
    if size == 0:
        raise PhotoEmpty
    if size > MOST_BYTES:
        raise PhotoTooLarge(megabytes=-(-size // MEGABYTE), most=MOST_BYTES // MEGABYTE)
    check_kind(_first_bytes(file))
    check_parts(file)
    try:
        image = Image.open(file, formats=OPENED_FORMATS)
        check_pixels(width=image.width, height=image.height)
        known = image.format in KNOWN_FORMATS
        image.verify()
    except Image.DecompressionBombError as bomb:
        raise FarTooManyPixels(
            megapixels=BOMB_PIXELS // 1_000_000, most=MOST_PIXELS // 1_000_000
        ) from bomb
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as broken:
        # Pillow reports damage with any of these, depending on the decoder.
        raise PhotoBroken from broken
    finally:
        file.seek(0)
    if not known:
        raise NotAPhoto


def check_kind(head: bytes) -> None:
    """Raise NotAPhoto, or a kind of it with better advice, unless `head` opens a known format."""
    if (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    ):  # fmt: skip
        return
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        raise HeicPhoto
    if head.startswith((b"GIF87a", b"GIF89a")):
        raise AnimatedGif
    raise NotAPhoto


def check_parts(file: IO[bytes]) -> None:
    """Raise PhotoTooSlow for a JPEG or PNG of far more parts than a photo has. Leaves `file` at 0."""
    file.seek(0)
    content = file.read(MOST_BYTES)
    file.seek(0)
    parts = _png_parts(content) if content.startswith(b"\x89PNG") else _jpeg_parts(content)
    scans = 0
    for number, kind in enumerate(parts):
        scans += kind == _SCAN
        if scans > MOST_SCANS or number > MOST_PARTS:
            raise PhotoTooSlow


def _png_parts(content: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(content):
        yield content[at + 4 : at + 8]
        at += 12 + int.from_bytes(content[at : at + 4])


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    """Yield the markers up to the picture's end, as a decoder finds them; what follows is not read."""
    at = 0 if content.startswith(b"\xff\xd8") else len(content)
    while found := _MARKER.search(content, at):
        kind, at = found[0][1:], found.end()
        if kind == _END:
            return
        yield kind
        if kind not in _BARE:
            at += max(2, int.from_bytes(content[at : at + 2]))


def check_pixels(*, width: int, height: int) -> None:
    """Raise TooManyPixels or PhotoBroken for a declared size that is not taken."""
    if width < 1 or height < 1:
        raise PhotoBroken
    if width * height > MOST_PIXELS:
        raise TooManyPixels(
            megapixels=-(-width * height // 1_000_000), most=MOST_PIXELS // 1_000_000
        )


def _first_bytes(file: IO[bytes]) -> bytes:
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    return head
