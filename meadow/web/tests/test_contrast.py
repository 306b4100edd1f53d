"""Every pair of colours that meets on a page keeps WCAG AA, in daylight and at dusk.

Formulas: OKLab to linear sRGB as in CSS Color 4 (section 10), contrast as in WCAG 2.2 (1.4.3).
"""

import math
import re

import pytest

from meadow.web.vendor import WEB

TOKENS = (WEB / "assets" / "tokens.css").read_text()
TEXT, EDGE = 4.5, 3.0
PAPERS = ("color-base-100", "color-base-200", "color-base-300")
SOFTS = ("clover-soft", "poppy-soft", "straw-soft", "sky-soft")
PAIRS = [
    *((ink, paper, TEXT) for ink in ("color-base-content", "muted", "link") for paper in PAPERS),
    *(("color-base-content", soft, TEXT) for soft in SOFTS),
    *(
        (f"color-{name}-content", f"color-{name}", TEXT)
        for name in (
            "primary",
            "secondary",
            "accent",
            "neutral",
            "info",
            "success",
            "warning",
            "error",
        )
    ),
    *(("color-primary", paper, TEXT) for paper in PAPERS[:2]),
    *(("color-error", paper, TEXT) for paper in PAPERS[:2]),
    *(("edge", paper, EDGE) for paper in PAPERS[:2]),
]


def read_theme(selector: str) -> dict[str, str]:
    """Return the custom properties of the first block with this selector."""
    start = TOKENS.index(selector)
    block = TOKENS[TOKENS.index("{", start) : TOKENS.index("}", start)]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


THEMES = {
    "meadow": read_theme('[data-theme="meadow"] {'),
    "meadow-night": read_theme("@utility dusk"),
}


def luminance(colour: str) -> float:
    """Return the relative luminance of an opaque oklch() colour."""
    found = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", colour)
    assert found, colour
    lightness, chroma, hue = float(found[1]) / 100, float(found[2]), math.radians(float(found[3]))
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(part, 0.0), 1.0) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
def test_colours_that_meet_can_be_told_apart(
    theme: str, ink: str, paper: str, least: float
) -> None:
    colours = THEMES[theme]

    assert contrast(colours[ink], colours[paper]) >= least


def test_the_measure_itself_is_right() -> None:
    assert contrast("oklch(100% 0 0)", "oklch(0% 0 0)") == pytest.approx(21.0)
    assert contrast("oklch(59.99% 0 0)", "oklch(100% 0 0)") == pytest.approx(3.95, abs=0.02)
