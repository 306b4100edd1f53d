"""What is heard in the demo's films: birds, rain or crickets over a few quiet notes, mono at RATE."""

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
SECONDS = 8


def sound_of(name: str) -> NDArray[np.float64]:
    """Return what is heard: birds, rain or crickets, over a few quiet notes."""
    lot = np.random.default_rng(3)
    time = np.arange(RATE * SECONDS) / RATE
    notes = {
        "dawn": (220, 277.2, 329.6, 493.9),
        "pond": (196, 246.9, 293.7),
        "night": (146.8, 220, 261.6),
    }[name]
    heard = sum(
        0.05
        * np.sin(2 * np.pi * note * time)
        * (0.6 + 0.4 * np.sin(time * (0.5 + 0.13 * place) + place))
        for place, note in enumerate(notes)
    ) * np.ones_like(time)

    def ring(at: float, long: float, low: float, high: float, loud: float) -> None:
        first = int(at * RATE)
        part = time[: int(long * RATE)]
        pitch_of = np.linspace(low, high, part.size)
        tone = (
            loud * np.sin(2 * np.pi * np.cumsum(pitch_of) / RATE) * np.sin(np.pi * part / long) ** 2
        )
        end = min(first + part.size, heard.size)
        heard[first:end] += tone[: end - first]

    if name == "dawn":
        for at in (0.7, 0.95, 1.15, 2.9, 3.1, 4.6, 4.8, 5.0, 6.6, 6.85):
            ring(at + lot.uniform(0, 0.05), 0.13, 3300, 2500 + lot.uniform(0, 1400), 0.07)
    elif name == "pond":
        noise = np.convolve(lot.normal(0, 1, time.size), np.hanning(9) / 4.5, "same")
        heard += 0.045 * noise * (0.85 + 0.15 * np.sin(time * 1.1))
        for at in np.sort(lot.uniform(0, SECONDS - 0.2, 60)):
            ring(at, 0.05, lot.uniform(700, 1500), lot.uniform(1500, 2600), 0.06)
    else:
        for at in np.arange(0.2, SECONDS - 0.5, 0.62):
            for pulse in range(3):
                ring(at + 0.055 * pulse, 0.045, 4250, 4300, 0.05)
    fade = np.clip(np.minimum(time, SECONDS - time) / 0.6, 0, 1)
    return np.asarray(heard * fade)
