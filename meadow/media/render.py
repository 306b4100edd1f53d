"""The renderer: a process of its own that turns one stranger's photo into clean WebP files.

`python -m meadow.media.render SOURCE FOLDER PURPOSE` writes `<label>.webp` files into FOLDER and
one JSON object a line to stdout: {"progress": n}, at last {"done": …} or {"error": code}.
It knows neither Django nor any secret, and it limits itself before it opens the file.
"""

import base64
import ctypes
import io
import json
import resource
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageFile, ImageFilter, ImageOps

from meadow.media.sizes import NOTE_WIDTHS, fit_master, list_sizes

# A 50-million-pixel WebP with transparency takes 1.9 GiB to decode, the most of all kinds.
MOST_MEMORY = 3 * 1024**3
MOST_CPU_SECONDS = 90
MOST_FILE_BYTES = 64 * 1024**2
MOST_PIXELS = 50_000_000
PLACEHOLDER_BYTES = 600
QUALITY = 82

BROKEN = "media.broken"
TOO_MANY_PIXELS = "media.too_many_pixels"


def limit_process() -> None:
    """Bound this process: memory, processor time, file size, no core file, no life of its own."""
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG: a worker killed with -9 takes its renderer along.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def render(*, source: Path, folder: Path, purpose: str) -> dict[str, Any]:
    """Write every rendition of `source` into `folder`; returns sizes, bytes and the placeholder."""
    image = open_photo(source, purpose=purpose)
    report(15)
    image = to_srgb(upright(image))
    report(30)
    width, height = fit_master(width=image.width, height=image.height, purpose=purpose)
    if purpose == "avatar":
        master = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    elif (width, height) == image.size:
        master = image
    else:
        master = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    del image
    report(45)
    renditions = []
    sizes = list_sizes(width=width, height=height, purpose=purpose)
    for done, size in enumerate(reversed(sizes), start=1):
        picture = master
        if (size.width, size.height) != master.size:
            picture = master.resize(
                (size.width, size.height), Image.Resampling.LANCZOS, reducing_gap=3.0
            )
        content = encode(picture, quality=QUALITY, method=4)
        (folder / f"{size.label}.webp").write_bytes(content)
        renditions.append(
            {
                "label": size.label,
                "width": size.width,
                "height": size.height,
                "bytes": len(content),
            }
        )
        report(45 + 50 * done // len(sizes))
    return {
        "width": width,
        "height": height,
        "placeholder": make_placeholder(master),
        "renditions": renditions[::-1],
    }


def open_photo(source: Path, *, purpose: str) -> Image.Image:
    """Decode the first picture in a file, refusing on declared pixels before any is decoded."""
    image = Image.open(source, formats=("JPEG", "PNG", "WEBP"))
    if image.width * image.height > MOST_PIXELS:
        raise PixelLimit
    if image.format in ("JPEG", "MPO") and purpose == "note_photo":
        # The JPEG decoder can halve while it decodes: less memory, and still twice what is served.
        image.draft(None, (NOTE_WIDTHS[-1] * 2, NOTE_WIDTHS[-1] * 2))
    image.load()
    return image


class PixelLimit(Exception):
    """The file declares more pixels than are decoded here."""


def upright(image: Image.Image) -> Image.Image:
    """Apply the camera's orientation, which would otherwise vanish with the EXIF that holds it."""
    return ImageOps.exif_transpose(image)


def to_srgb(image: Image.Image) -> Image.Image:
    """Return the picture as 8-bit sRGB (with alpha if it has any) with no metadata left on it."""
    profile = image.info.get("icc_profile")
    transparent = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = to_eight_bits(image)
    if profile:
        image = apply_profile(image, profile, transparent=transparent)
    mode = "RGBA" if transparent else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    # A fresh picture holding nothing but pixels: whatever a decoder may have kept stays behind.
    clean = Image.new(mode, image.size)
    clean.paste(image)
    return clean


def apply_profile(image: Image.Image, profile: bytes, *, transparent: bool) -> Image.Image:
    """Convert from an embedded colour profile to sRGB; a profile that makes no sense is ignored."""
    alpha = image.convert("RGBA").getchannel("A") if transparent else None
    if image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(
            image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, ValueError, OSError):
        # Browsers show such a photo as if it had no profile, and so do we.
        converted = None
    result = (converted or image).convert("RGB")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Return a 16-bit or deeper grey picture in 8 bits, its brightest possible value white."""
    if image.mode == "F":
        return image.convert("L")
    return image.convert("I").point(lambda value: value / 257).convert("L")


def encode(image: Image.Image, *, quality: int, method: int) -> bytes:
    """Encode as WebP with nothing but pixels in it."""
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=method, exif=b"", icc_profile=None, xmp=b"")
    return out.getvalue()


def make_placeholder(image: Image.Image) -> str:
    """Return a blurred miniature as a data URI of less than PLACEHOLDER_BYTES characters."""
    side = 24
    while True:
        tiny = image.convert("RGB")
        tiny.thumbnail((side, side), Image.Resampling.BOX)
        tiny = tiny.filter(ImageFilter.GaussianBlur(1))
        uri = "data:image/webp;base64," + base64.b64encode(
            encode(tiny, quality=30, method=6)
        ).decode("ascii")
        if len(uri) < PLACEHOLDER_BYTES or side <= 4:
            return uri
        side -= 4


def report(progress: int) -> None:
    """Say how far we are."""
    say({"progress": progress})


def say(message: dict[str, Any]) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Render as told on the command line; every failure that a photo can cause is one word."""
    source, folder, purpose = arguments
    limit_process()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # our own, stricter limit is checked before decoding
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        done = render(source=Path(source), folder=Path(folder), purpose=purpose)
    except PixelLimit:
        say({"error": TOO_MANY_PIXELS})
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, MemoryError) as why:
        # Pillow reports damage with any of these; the parent logs which it was.
        say({"error": BROKEN, "detail": f"{type(why).__name__}: {why}"[:300]})
    else:
        say({"done": done})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
