"""How much of everything a video may have; sizes and minutes are the installation's own."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one installation; the first three come from its environment."""

    most_mib: int
    most_minutes: int
    # Of how many videos are transcoded at the same time: each takes two processors.
    at_once: int
    # A piece of an upload: what one request carries.
    piece_mib: int = 16
    most_unfinished: int = 3
    unfinished_for: dt.timedelta = dt.timedelta(hours=24)
    shortest_ms: int = 500
    most_pixels: int = 3840 * 2160 + 4096 * 64
    longest_side: int = 4096
    shortest_side: int = 32
    most_fps: int = 240
    most_streams: int = 16
    caption_kib: int = 256
    most_cues: int = 5000
    most_captions: int = 20

    @property
    def most_bytes(self) -> int:
        """How large a file may be."""
        return self.most_mib * MEBIBYTE

    @property
    def piece_bytes(self) -> int:
        """How large the body of one request may be."""
        return self.piece_mib * MEBIBYTE

    @property
    def most_seconds(self) -> int:
        """How long a video may play."""
        return self.most_minutes * 60


def limits() -> Limits:
    """Return the limits that hold here."""
    environment = settings.ENVIRONMENT
    return Limits(
        most_mib=environment.video_mib,
        most_minutes=environment.video_minutes,
        at_once=environment.videos_at_once,
    )
