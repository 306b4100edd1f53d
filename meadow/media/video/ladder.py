"""Which sizes a video is offered in: plain arithmetic over a table of rungs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rung:
    """One quality: its shorter side in pixels and the most bits a second its picture takes."""

    side: int
    kilobits: int


@dataclass(frozen=True)
class Size:
    """One quality of one video, in whole even pixels."""

    name: str
    width: int
    height: int
    kilobits: int


RUNGS = (Rung(360, 800), Rung(720, 2800), Rung(1080, 5000))
# The quality that browsers without HLS get.
FALLBACK_SIDE = 720
# A source this much above the last rung below it gets a rung of its own size too.
WORTH_A_RUNG = 1.25


def list_sizes(*, width: int, height: int) -> list[Size]:
    """Return the qualities of a video shown at `width` x `height`, smallest first, at most three.

    Nothing is enlarged; a video smaller than the first rung has one quality, its own.
    """
    short = min(width, height)
    chosen = [rung for rung in RUNGS if rung.side <= short]
    top = RUNGS[len(chosen)] if len(chosen) < len(RUNGS) else None
    if top is not None and (not chosen or short >= WORTH_A_RUNG * chosen[-1].side):
        bits = max(150, round(top.kilobits * (short / top.side) ** 2))
        chosen.append(Rung(short, bits))
    return [_size(rung, width=width, height=height) for rung in chosen]


def choose_fallback(sizes: list[Size]) -> Size:
    """Return the quality of the plain MP4: the best that a phone still plays easily."""
    fitting = [size for size in sizes if min(size.width, size.height) <= FALLBACK_SIDE]
    return fitting[-1] if fitting else sizes[0]


def _size(rung: Rung, *, width: int, height: int) -> Size:
    scale = rung.side / min(width, height)
    even = [max(16, 2 * round(side * scale / 2)) for side in (width, height)]
    # A rounded-up odd side would enlarge the picture by a pixel.
    wide, high = (
        min(side, most - most % 2) for side, most in zip(even, (width, height), strict=True)
    )
    return Size(name=f"v{rung.side}", width=wide, height=high, kilobits=rung.kilobits)
