"""Pictures for notes of simulated people: soft hills under a sky, one for each number."""

import colorsys

import numpy as np
from PIL import Image

WIDTH = 1080
HEIGHTS = (810, 1080, 1350, 1440)
RANGES = 4


def draw_picture(number: int) -> Image.Image:
    """Return a landscape that is always the same for a number."""
    rng = np.random.Generator(np.random.PCG64([number, 20]))
    height = HEIGHTS[number % len(HEIGHTS)]
    hue = float(rng.random())
    top, bottom = colour(hue, 0.25, 0.97), colour(hue + 0.08, 0.5, 0.9)
    blend = np.linspace(0, 1, height)[:, None, None]
    pixels = np.broadcast_to(top * (1 - blend) + bottom * blend, (height, WIDTH, 3)).copy()
    x = np.linspace(0, 2 * np.pi, WIDTH)
    y = np.arange(height)[:, None]
    sun_x, sun_y = rng.uniform(0.2, 0.8) * WIDTH, rng.uniform(0.15, 0.4) * height
    disc = (np.arange(WIDTH)[None, :] - sun_x) ** 2 + (y - sun_y) ** 2 < (WIDTH * 0.09) ** 2
    pixels[disc] = colour(hue + 0.5, 0.15, 1.0)
    for step in range(RANGES):
        waves = np.zeros(WIDTH)
        for wave in (1, 2, 3):
            waves += np.sin(x * rng.uniform(0.4, 1.6) * wave + rng.uniform(0, 6.3)) / wave
        line = height * (0.5 + 0.13 * step + 0.06 * waves)
        pixels[y > line[None, :]] = colour(hue + 0.05 * step, 0.35 + 0.1 * step, 0.75 - 0.13 * step)
    return Image.fromarray(pixels.astype(np.uint8), "RGB")


def colour(
    hue: float, saturation: float, value: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a colour as three numbers up to 255."""
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value)) * 255
