"""Which renditions an upload gets: plain arithmetic, shared by the renderer and the readers."""

from dataclasses import dataclass

NOTE_WIDTHS = (320, 640, 1080, 1920)
AVATAR_SIDES = (96, 256)
# WebP stops at 16,383 pixels a side; a taller screenshot is served a little narrower.
TALLEST = 16_000


@dataclass(frozen=True)
class Size:
    """One rendition to make or to name: its label and its size in pixels."""

    label: str
    width: int
    height: int


def fit_master(*, width: int, height: int, purpose: str) -> tuple[int, int]:
    """Return the size of the largest rendition of a picture; nothing is ever enlarged."""
    if purpose == "avatar":
        side = min(width, height, AVATAR_SIDES[-1])
        return side, side
    scale = min(1.0, NOTE_WIDTHS[-1] / width, TALLEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def list_sizes(*, width: int, height: int, purpose: str) -> list[Size]:
    """Return the renditions of a picture whose largest is `width` x `height`, smallest first.

    Each step of the ladder below the picture's own width, then the first step that holds all of it.
    """
    prefix, ladder = ("a", AVATAR_SIDES) if purpose == "avatar" else ("w", NOTE_WIDTHS)
    below = [step for step in ladder if step < width]
    steps = [*below, ladder[len(below)]] if len(below) < len(ladder) else below
    return [size_of(label=f"{prefix}{step}", width=width, height=height) for step in steps]


def size_of(*, label: str, width: int, height: int) -> Size:
    """Return the size of the rendition `label` of a picture whose largest is `width` x `height`."""
    own = min(int(label[1:]), width)
    return Size(label=label, width=own, height=max(1, round(height * own / width)))
