"""Draws the demo's films and their sounds: `python -m meadow.demo.films.draw [NAME…]` writes them anew.

Pictures are arrays of (height, width, 3) with values from 0 to 1; times are in seconds.
"""

import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from meadow.demo.films.sound import RATE, SECONDS, sound_of

Picture = NDArray[Any]
Part = tuple[slice, slice]
ALL: Part = (slice(None), slice(None))
WIDTH, HEIGHT, FPS = 540, 720, 24
HERE = Path(__file__).parent
ACROSS, DOWN = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))


def colour(code: str) -> Picture:
    """Return #rrggbb as three numbers."""
    return np.array([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32)


def blend(picture: Picture, over: Picture, alpha: Picture) -> Picture:
    """Lay something over a picture; `alpha` is (height, width)."""
    laid: Picture = picture + (over - picture) * alpha[..., None]
    return laid


def sky(*stops: tuple[float, str]) -> Picture:
    """Return a sky whose colours change at these heights, from 0 (top) to 1."""
    at = [height for height, _ in stops]
    colours = np.stack([colour(code) for _, code in stops])
    rows = np.linspace(0, 1, HEIGHT)
    column = np.stack([np.interp(rows, at, colours[:, part]) for part in range(3)], axis=-1)
    return np.repeat(column[:, None], WIDTH, axis=1).astype(np.float32)


def glow(x: float, y: float, radius: float, part: Part = ALL) -> Picture:
    """Return a soft light, 1 in its middle."""
    light: Picture = np.exp(-((ACROSS[part] - x) ** 2 + (DOWN[part] - y) ** 2) / radius**2)
    return light


def near(x: float, y: float, radius: float) -> Part:
    """Return the part of a picture around a point; far from it there is nothing to draw."""
    rows = slice(max(0, int(y - radius)), max(0, int(y + radius) + 1))
    return rows, slice(max(0, int(x - radius)), max(0, int(x + radius) + 1))


def wander(x: Picture, seed: int, *, waves: int = 7) -> Picture:
    """Return a line of hills over `x`, about -1 to 1."""
    lot = np.random.default_rng(seed)
    line = np.zeros_like(x)
    for octave in range(waves):
        rate = 0.006 * 1.75**octave
        line += np.sin(x * rate + lot.uniform(0, 6.3)) / 1.7**octave
    return line / 2


def trees(x: Picture, seed: int, *, gap: float, height: float) -> Picture:
    """Return how far pines stand out above a hill over `x`."""
    lot = np.random.default_rng(seed)
    out = np.zeros_like(x)
    place = -200.0
    while place < 900:
        tall = np.maximum(height * lot.uniform(0.45, 1), 1)
        away = np.abs(x - place)
        steps = 1 + 0.18 * np.sin(np.clip(1 - away / (tall * 0.24), 0, 1) * 22)
        out = np.maximum(out, np.clip(tall - away * 4.2 * steps, 0, None))
        place += gap * lot.uniform(0.4, 1.7)
    return out


def mist(seed: int, *, wide: int = 3) -> Picture:
    """Return a long strip of clouds to be drawn along, 0 to 1."""
    lot = np.random.default_rng(seed)
    total = np.zeros((HEIGHT, WIDTH * wide))
    for cells, weight in ((5, 1.0), (11, 0.6), (23, 0.3)):
        small = Image.fromarray((lot.random((cells, cells * wide * 2)) * 255).astype(np.uint8))
        large = small.resize((WIDTH * wide, HEIGHT), Image.Resampling.BICUBIC)
        total += weight * np.asarray(large.filter(ImageFilter.GaussianBlur(24))) / 255
    total -= total.min()
    strip: Picture = (total / total.max()).astype(np.float32)
    return strip


def draw_dawn() -> Callable[[float], Picture]:
    """Return the film of fog leaving a valley at sunrise."""
    early = sky((0, "#7f9cc4"), (0.3, "#d9bfc2"), (0.5, "#f6cfa8"), (1, "#f8e3c4"))
    late = sky((0, "#86aedb"), (0.3, "#f1d3b5"), (0.5, "#ffe0ae"), (1, "#fff0d2"))
    tones = [colour(code) for code in ("#cbb4c0", "#9a93ad", "#667891", "#35566a", "#14333a")]
    bands = [mist(seed) for seed in range(5)]

    def frame(time: float) -> Picture:
        part = time / SECONDS
        picture = early + (late - early) * part
        x, y = WIDTH * 0.64, HEIGHT * (0.44 - 0.09 * part)
        picture = blend(picture, colour("#ffd79a"), glow(x, y, 240) * (0.45 + 0.25 * part))
        picture = blend(picture, colour("#fffdf2"), np.clip(2.2 * glow(x, y, 44), 0, 1))
        picture = fly(picture, time)
        for layer in range(5):
            depth = layer / 4
            moved = ACROSS[:1] + (4 + 20 * depth**2) * time + 130 * layer
            line = HEIGHT * (0.47 + 0.105 * layer) - wander(moved, layer + 3) * (34 + 26 * depth)
            foot = line
            if layer >= 3:
                line = line - trees(moved % 900, layer, gap=26, height=46 + 40 * (layer - 3))
            inside = np.clip(DOWN - line, 0, 1)
            below = np.clip((DOWN - foot) / 230, 0, 1)
            # Fog lies at the foot of each hill, and sinks.
            lift = below[..., None] * (0.75 - 0.55 * part) * (1 - 0.6 * depth)
            hill = tones[layer] + (colour("#fbe7cf") - tones[layer]) * lift
            picture = blend(picture, hill, inside)
            start = int((12 + 16 * layer) * time) + 90 * layer
            cloud = bands[layer][:, start : start + WIDTH]
            around = np.exp(-(((DOWN - HEIGHT * (0.6 + 0.1 * layer + 0.05 * part)) / 60) ** 2))
            picture = blend(
                picture,
                colour("#fff1de"),
                cloud**1.5 * around * (0.95 - 0.6 * part) * (1 - 0.1 * layer),
            )
        return picture

    return frame


def fly(picture: Picture, time: float) -> Picture:
    """Let five birds cross the sky."""
    sheet = Image.new("L", (WIDTH * 2, HEIGHT * 2))
    pen = ImageDraw.Draw(sheet)
    for bird in range(5):
        x = 2 * (60 + 38 * time + 34 * bird)
        y = 2 * (205 - 6 * time + 17 * ((bird * 7) % 5) + 3 * np.sin(time + bird))
        lift = 9 * np.sin(time * 9 + bird * 1.3)
        span = 13 + 2 * (bird % 3)
        wings = [(x - span, y - lift), (x - 4, y - 2), (x, y), (x + 4, y - 2), (x + span, y - lift)]
        pen.line(wings, fill=170, width=3)
    cover = np.asarray(sheet.resize((WIDTH, HEIGHT), Image.Resampling.BOX), np.float32) / 255
    return blend(picture, colour("#4a4757"), cover)


def draw_pond() -> Callable[[float], Picture]:
    """Return the film of rain on a pond with water lilies and two fish under them."""
    lot = np.random.default_rng(11)
    drops = [
        (
            lot.uniform(-2, SECONDS),
            lot.uniform(0, WIDTH),
            lot.uniform(0, HEIGHT),
            lot.uniform(0.5, 1),
        )
        for _ in range(110)
    ]
    water = sky((0, "#5f8d8b"), (0.5, "#2f6264"), (1, "#173f45"))
    pads = [
        (130, 170, 92, 0.4),
        (395, 110, 66, 2.2),
        (70, 470, 74, 5.1),
        (430, 560, 108, 3.6),
        (250, 640, 58, 1.1),
    ]

    def frame(time: float) -> Picture:
        height = np.zeros((HEIGHT, WIDTH), np.float32)
        for born, x, y, force in drops:
            age = time - born
            if 0 < age < 2.4:
                part = near(x, y, 62 * age + 3 * (5 + 5 * age))
                away = np.hypot(ACROSS[part] - x, (DOWN[part] - y) * 1.25)
                ring = (away - 62 * age) / (5 + 5 * age)
                height[part] += force * np.exp(-(ring**2) - 1.5 * age) * np.cos(2.2 * ring)
        down, across = np.gradient(height)
        picture = water.copy()
        for place in range(2):
            picture = swim(picture, time, place)
        shine = 0.9 * across - 1.5 * down
        picture = picture + np.clip(shine, -0.2, 1)[..., None] * colour("#d8f0ea") * 1.6
        for x, y, size, turn in pads:
            bob = 1.5 * np.sin(time * 1.3 + turn)
            picture = lay_pad(
                picture, x + bob, y + bob / 2, size, turn + 0.04 * np.sin(time + turn)
            )
        picture = bloom(picture, 408, 545, time)
        for born, x, y, force in drops:
            if 0 <= time - born < 0.09:
                part = near(x, y, 10)
                spark = np.clip(glow(x, y, 3.2, part) * 1.2, 0, 1)
                picture[part] = blend(picture[part], colour("#f4fffb"), spark * force)
        return picture

    return frame


def swim(picture: Picture, time: float, place: int) -> Picture:
    """Let one of two fish glide under the water."""
    body = np.zeros((HEIGHT, WIDTH), np.float32)
    patch = np.zeros_like(body)
    for joint in range(26):
        at = time - joint * 0.055
        if place == 0:
            x, y = -60 + 84 * at, 330 + 70 * np.sin(at * 0.75) + 7 * np.sin(at * 5)
        else:
            x, y = 600 - 62 * at, 470 - 60 * np.sin(at * 0.6 + 1) + 6 * np.sin(at * 5 + 2)
        thick = 17 * (np.sin(np.pi * (0.12 + 0.85 * joint / 26)) ** 0.7) + (9 if joint > 23 else 0)
        here = near(x, y, 1.5 * thick)
        part = np.clip(1.4 - np.hypot(ACROSS[here] - x, DOWN[here] - y) / thick, 0, 1)
        body[here] = np.maximum(body[here], part)
        if joint % 9 < 4:
            patch[here] = np.maximum(patch[here], part)
    skin = ("#f3ede2", "#e8743b") if place == 0 else ("#e9843f", "#f7efe4")
    picture = blend(picture, colour(skin[0]), body * 0.78)
    return blend(picture, colour(skin[1]), patch * 0.8)


def lay_pad(picture: Picture, x: float, y: float, size: float, turn: float) -> Picture:
    """Lay a lily leaf on the water, with its shadow."""
    here = near(x, y, size + 30)
    over, right, below = picture[here], ACROSS[here] - x, DOWN[here] - y
    shadow = np.clip((size + 6 - np.hypot(right - 7, below - 10)) / 12, 0, 1)
    over = blend(over, colour("#0b2a2c"), shadow * 0.4)
    away, angle = np.hypot(right, below), np.arctan2(below, right)
    turned = (angle - turn + np.pi) % (2 * np.pi) - np.pi
    notch = np.clip((np.abs(turned) - 0.2) * away / 2, 0, 1)
    leaf = np.clip(size + 2 * np.sin(turned * 9) - away, 0, 1) * notch
    veins = np.clip(1 - np.abs((turned * 14 / (2 * np.pi)) % 1 - 0.5) * away / 5, 0, 1)
    light = 0.5 + 0.5 * np.cos(angle + 2.3) * away / size
    tone = colour("#3f7d43") + (colour("#8fbf63") - colour("#3f7d43")) * light[..., None]
    tone = blend(tone, colour("#b4d58a"), veins * 0.3)
    rim = np.clip((away - size + 7) / 7, 0, 1)
    picture[here] = blend(over, blend(tone, colour("#2d5e3a"), rim * 0.6), leaf)
    return picture


PETALS = ((70, 9, "#e88fb0"), (54, 8, "#f0a5c0"), (38, 7, "#f5bcd0"), (24, 6, "#f9d0de"))


def bloom(picture: Picture, x: float, y: float, time: float) -> Picture:
    """Set a flower on a leaf; it opens a little."""
    here = near(x, y, 80)
    over, right, below = picture[here], ACROSS[here] - x, DOWN[here] - y
    away, angle = np.hypot(right, below), np.arctan2(below, right)
    for layer, (size, petals, tip) in enumerate(PETALS):
        wide = size * (0.94 + 0.06 * np.sin(time * 0.8 + layer))
        turned = (angle + 0.5 * layer) * petals / 2
        edge = wide * (0.42 + 0.58 * np.abs(np.cos(turned)) ** 0.55)
        depth = np.clip(away / wide, 0, 1)
        tone = colour("#fff3f4") + (colour(tip) - colour("#fff3f4")) * depth[..., None]
        fold = np.clip(1 - np.abs(np.cos(turned)) * 3, 0, 1) * 0.25
        tone = blend(tone, colour("#b9587f"), fold)
        over = blend(over, tone, np.clip((edge - away) / 1.5, 0, 1))
    picture[here] = blend(over, colour("#f6c445"), np.clip((11 - away) / 3, 0, 1))
    return picture


# How high, how uneven, of what colour; its pines, and how wide a clearing is without them.
HILLS = (
    (0.74, 40, "#20323f", 8, 16, 26, 0),
    (0.82, 30, "#12222a", 9, 24, 62, 120),
    (0.9, 16, "#0a1519", 10, 40, 118, 175),
)


def draw_night() -> Callable[[float], Picture]:
    """Return the film of a turning sky over a lit tent, with fireflies."""
    lot = np.random.default_rng(5)
    base = sky(
        (0, "#0a1230"), (0.45, "#1b2b5a"), (0.66, "#3f5b86"), (0.8, "#7f93a0"), (1, "#24323a")
    )
    cloud = mist(21)[:, :WIDTH]
    along = (ACROSS - WIDTH * 0.35) * 0.83 + (DOWN - HEIGHT * 0.3) * 0.56
    across = -(ACROSS - WIDTH * 0.35) * 0.56 + (DOWN - HEIGHT * 0.3) * 0.83
    band = np.exp(-((across / 95) ** 2)) * (0.35 + 0.9 * cloud) * np.clip(1 - along / 700, 0, 1)
    base = (
        base
        + (band * np.clip(1 - DOWN / (HEIGHT * 0.7), 0, 1))[..., None] * colour("#6d78b8") * 0.55
    )
    # Dark colours would show steps without it.
    base = base + lot.normal(0, 0.004, (HEIGHT, WIDTH, 1))
    stars = [
        (lot.uniform(30, 900), lot.uniform(0, 6.3), lot.random() ** 3, lot.uniform(0, 6))
        for _ in range(900)
    ]
    flies = [
        (lot.uniform(0, WIDTH), lot.uniform(470, 690), lot.uniform(0, 6.3), lot.uniform(0.6, 1.4))
        for _ in range(26)
    ]
    hills = []
    for place, (level, swing, tone, seed, gap, height, clear) in enumerate(HILLS):
        line = HEIGHT * level - wander(ACROSS[:1] + 200 * place, seed) * swing
        line = line - trees(ACROSS[:1], seed, gap=gap, height=height) * (
            np.abs(ACROSS[:1] - 250) > clear
        )
        hills.append((colour(tone), np.clip(DOWN - line, 0, 1)))

    def frame(time: float) -> Picture:
        picture: Picture = base.copy()
        for radius, angle, bright, phase in stars:
            now = angle + 0.035 * time
            x, y = WIDTH * 0.72 + radius * np.cos(now), HEIGHT * 0.2 + radius * np.sin(now)
            if 1 < x < WIDTH - 2 and 1 < y < HEIGHT * 0.72:
                light = (0.4 + 0.9 * bright) * (0.8 + 0.2 * np.sin(time * 3 + phase))
                light *= np.clip(1.3 - y / (HEIGHT * 0.62), 0, 1)
                column, row = int(x), int(y)
                for dx, share_x in ((0, 1 - x % 1), (1, x % 1)):
                    for dy, share_y in ((0, 1 - y % 1), (1, y % 1)):
                        picture[row + dy, column + dx] += (
                            light * share_x * share_y * colour("#fff4e2")
                        )
        for place, (tone, cover) in enumerate(hills):
            picture = blend(picture, tone, cover)
            if place == 1:
                picture = pitch(picture, 250, 612, time)
        for x, y, phase, rate in flies:
            fx = x + 26 * np.sin(time * 0.6 * rate + phase)
            fy = y + 16 * np.sin(time * 0.9 * rate + 2 * phase)
            light = np.clip(np.sin(time * 1.7 * rate + phase * 3), 0, 1) ** 1.5
            part = near(fx, fy, 30)
            shine = 0.35 * glow(fx, fy, 11, part) + glow(fx, fy, 2.4, part)
            picture[part] += shine[..., None] * colour("#e8f08a") * light
        return picture

    return frame


def pitch(picture: Picture, x: float, y: float, time: float) -> Picture:
    """Pitch a tent with a lamp in it."""
    lamp = 0.9 + 0.06 * np.sin(time * 2.1) + 0.04 * np.sin(time * 5.3)
    picture = picture + glow(x, y - 14, 130)[..., None] * colour("#ffb45e") * 0.3 * lamp
    high = np.clip((DOWN - (y - 62)) / 62, 0, 1)
    inside = np.clip(66 * high**0.85 - np.abs(ACROSS - x) + 1, 0, 1) * (
        (y - 62 < DOWN) & (y > DOWN)
    )
    warm = (
        colour("#8a3d16")
        + (colour("#ffd68a") - colour("#8a3d16")) * glow(x, y - 16, 52)[..., None] * lamp
    )
    picture = blend(picture, warm, inside)
    seam = np.clip(1.5 - np.abs(ACROSS - x - 8 * high), 0, 1) * inside
    return blend(picture, colour("#7a3a18"), seam * 0.7)


def write_film(name: str, frame: Callable[[float], Picture], *, rate: int) -> None:
    """Draw every picture, and write the MP4; a higher `rate` factor of x264 is a smaller file."""
    with tempfile.TemporaryDirectory() as folder:
        heard = Path(folder) / "sound.wav"
        with wave.open(str(heard), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((np.clip(sound_of(name), -1, 1) * 32767).astype("<i2").tobytes())
        encoder = subprocess.Popen(
            [
                *(imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", "-f", "rawvideo"),
                *("-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "pipe:0"),
                *("-i", str(heard), "-c:v", "libx264", "-preset", "medium", "-crf", str(rate)),
                *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart"),
                *("-map_metadata", "-1", "-fflags", "+bitexact", str(HERE / f"{name}.mp4")),
            ],
            stdin=subprocess.PIPE,
        )
        assert encoder.stdin is not None  # noqa: S101 - asked for above
        for place in range(FPS * SECONDS):
            picture = np.clip(frame(place / FPS), 0, 1)
            encoder.stdin.write((picture * 255 + 0.5).astype(np.uint8).tobytes())
        encoder.stdin.close()
        if encoder.wait():
            raise SystemExit(f"{name}: ffmpeg failed")


if __name__ == "__main__":
    films = {"dawn": (draw_dawn, 27), "pond": (draw_pond, 31), "night": (draw_night, 27)}
    for film in sys.argv[1:] or films:
        write_film(film, films[film][0](), rate=films[film][1])
