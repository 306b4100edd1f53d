"""What the media tests share: the fixture pictures, and a reader of WebP's chunks."""

import io
import struct
from pathlib import Path

from django.core.files.base import ContentFile
from PIL import Image

FIXTURES = Path(__file__).parents[3] / "tests" / "fixtures"
PHOTOS = (
    "camera-gps.jpg",
    "camera-rotated.jpg",
    "camera-iphone.jpg",
    "photo.png",
    "photo.webp",
    "animated.webp",
)


def fixture_file(name: str) -> "ContentFile[bytes]":
    """Return a fixture as an uploaded file with a name that says nothing."""
    return ContentFile((FIXTURES / name).read_bytes(), name="x.bin")


def encoded(image: Image.Image, kind: str, **options: object) -> "ContentFile[bytes]":
    """Return a picture as an uploaded file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return ContentFile(out.getvalue(), name="x.bin")


def chunks_of(webp: bytes) -> list[str]:
    """Return the names of the chunks in a WebP file, in order."""
    assert webp[:4] == b"RIFF"
    assert webp[8:12] == b"WEBP"
    names, at = [], 12
    while at + 8 <= len(webp):
        name, size = struct.unpack("<4sI", webp[at : at + 8])
        names.append(name.decode("ascii"))
        at += 8 + size + size % 2
    assert at == len(webp)
    return names
