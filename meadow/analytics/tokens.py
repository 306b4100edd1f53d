"""Impression tokens: what was shown where, sealed so that nobody else can make or read one.

AES-128-GCM with a key a day, derived by HKDF-SHA256 (RFC 5869) from the installation's secret: a
day's key seals far fewer than the 2^32 messages that NIST SP 800-38D allows for random nonces.
A token is `day | nonce | ciphertext | tag` in base64url, 90 characters; one that was paid for, 96.
"""

import datetime as dt
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

LIFETIME_SECONDS: Final = 24 * 3600
DAY_SECONDS: Final = 24 * 3600
NONCE_BYTES: Final = 12
TOKENS_A_PAGE: Final = 20
DAY = struct.Struct(">H")
# note, author, campaign, issued, slot, arm, surface; ranking, personal list, way
CONTENTS = struct.Struct(">QQIIHBBIIB")
# ... and the price. Tokens of before classes of match were kept are read for a day.
PRICED = struct.Struct(">QQIIHBBIIBI")
# ... and the class of match. Few cards have these two, and all would grow by them.
MATCHED = struct.Struct(">QQIIHBBIIBIB")
HEAD_BYTES: Final = DAY.size + NONCE_BYTES
TAG_BYTES: Final = 16
_FORMS: Final = {
    ((HEAD_BYTES + form.size + TAG_BYTES) * 4 + 2) // 3: form
    for form in (CONTENTS, PRICED, MATCHED)
}
# What a campaign's arm says: that its note was shown, or that it would have been.
SERVED_ARM: Final = 0
HELD_OUT_ARM: Final = 1
# The place in this table is sealed into tokens: add at the end, never reorder.
SURFACES: Final[Sequence[str]] = (
    "hot",
    "follow",
    "profile",
    "note",
    "topic",
    "search",
    "embed",
    "board",
    "nearby",
)
_SURFACE_CODES: Final = {name: code for code, name in enumerate(SURFACES)}

Fault = Literal["token_missing", "token_forged", "token_expired"]


@dataclass(frozen=True, slots=True)
class ImpressionToken:
    """One showing of one note: `issued_at` in seconds since 1970, `nonce` in 24 hex characters.

    `campaign_id` names who paid for the slot, `price` what its showing costs them, in millionths of
    their currency's unit; `arm` says whether their note stands there. `match_class` is how the note's
    topics and the reader's went together, in the numbers of whoever sold it (0: not known, or not
    asked). `ranking`, `personal` and `way` say how it came to be shown, in the numbers of whoever
    shows it: the ranking and the personal list it was taken from (0: none), and the way it came in.
    """

    note_id: int
    author_id: int
    slot: int
    surface: str
    campaign_id: int
    arm: int
    issued_at: int
    nonce: str
    ranking: int = 0
    personal: int = 0
    way: int = 0
    price: int = 0
    match_class: int = 0

    @property
    def is_paid(self) -> bool:
        """Whether somebody paid for this showing of this note."""
        return self.campaign_id != 0 and self.arm == SERVED_ARM

    @property
    def is_ghost(self) -> bool:
        """Whether this note would have been shown here, and something else was."""
        return self.campaign_id != 0 and self.arm == HELD_OUT_ARM


@dataclass(frozen=True, slots=True)
class ReadToken:
    """What a token said; an expired one still says which note it was for."""

    token: ImpressionToken | None
    fault: Fault | None


def seal_token(
    *,
    note_id: int,
    author_id: int,
    surface: str,
    now: dt.datetime,
    slot: int = 0,
    campaign_id: int = 0,
    arm: int = 0,
    ranking: int = 0,
    personal: int = 0,
    way: int = 0,
    price: int = 0,
    match_class: int = 0,
) -> str:
    """Return a fresh token for one showing; raises KeyError for a surface that SURFACES lacks."""
    seal = token_sealer(
        surface=surface,
        now=now,
        campaign_id=campaign_id,
        arm=arm,
        ranking=ranking,
        personal=personal,
        price=price,
        match_class=match_class,
    )
    return seal(note_id, author_id, slot, way).decode()


def token_sealer(
    *,
    surface: str,
    now: dt.datetime,
    campaign_id: int = 0,
    arm: int = 0,
    ranking: int = 0,
    personal: int = 0,
    price: int = 0,
    match_class: int = 0,
) -> Callable[[int, int, int, int], bytes]:
    """Return what seals the tokens of one page: (note, author, slot, way) to a token, as ASCII.

    A page of a feed has 20, and most of sealing one is what they share.
    """
    issued_at = int(now.timestamp())
    day = DAY.pack(issued_at // DAY_SECONDS)
    encrypt = _cipher(issued_at // DAY_SECONDS, settings.SECRET_KEY).encrypt
    is_sold = price or match_class
    form, more = (MATCHED, (price, match_class)) if is_sold else (CONTENTS, ())
    pack, code, nonces = form.pack, _SURFACE_CODES[surface], _nonces()

    def seal(note_id: int, author_id: int, slot: int, way: int) -> bytes:
        nonce, place = next(nonces), min(slot, 0xFFFF)
        contents = pack(
            *(note_id, author_id, campaign_id, issued_at, place, arm, code, ranking, personal, way),
            *more,
        )
        return urlsafe_b64encode(day + nonce + encrypt(nonce, contents, day)).rstrip(b"=")

    return seal


def _nonces() -> Iterator[bytes]:
    """Yield random nonces; the system is asked for those of a page at once."""
    while True:
        random = os.urandom(NONCE_BYTES * TOKENS_A_PAGE)
        for start in range(0, len(random), NONCE_BYTES):
            yield random[start : start + NONCE_BYTES]


def open_token(text: str, *, now: dt.datetime) -> ImpressionToken | None:
    """Return what a token says, or None when it is forged or older than 24 h."""
    read = read_token(text, now=now)
    return read.token if read.fault is None else None


def read_token(text: str, *, now: dt.datetime) -> ReadToken:
    """Return what a token says and what is wrong with it."""
    if not text:
        return ReadToken(None, "token_missing")
    form = _FORMS.get(len(text))
    if form is None:
        return ReadToken(None, "token_forged")
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        return ReadToken(None, "token_forged")
    # Lenient decoders accept more than one spelling of the same bytes; one token, one spelling.
    if (
        len(raw) != HEAD_BYTES + form.size + TAG_BYTES
        or urlsafe_b64encode(raw).rstrip(b"=") != text.encode()
    ):
        return ReadToken(None, "token_forged")
    day: int = DAY.unpack_from(raw)[0]
    nonce = raw[DAY.size : HEAD_BYTES]
    try:
        cipher = _cipher(day, settings.SECRET_KEY)
        contents = cipher.decrypt(nonce, raw[HEAD_BYTES:], raw[: DAY.size])
    except InvalidTag:
        return ReadToken(None, "token_forged")
    said = (*form.unpack(contents), 0, 0)
    note_id, author_id, campaign_id, issued_at, slot, arm, surface, ranking, personal, way = said[
        :10
    ]
    token = ImpressionToken(
        note_id=note_id,
        author_id=author_id,
        slot=slot,
        surface=SURFACES[surface],
        campaign_id=campaign_id,
        arm=arm,
        issued_at=issued_at,
        nonce=nonce.hex(),
        ranking=ranking,
        personal=personal,
        way=way,
        price=said[10],
        match_class=said[11],
    )
    expired = now.timestamp() >= issued_at + LIFETIME_SECONDS
    return ReadToken(token, "token_expired" if expired else None)


@lru_cache(maxsize=64)
def _cipher(day: int, secret: str) -> AESGCM:
    info = b"meadow impression token v1 day %d" % day
    key = HKDF(algorithm=SHA256(), length=16, salt=None, info=info).derive(secret.encode())
    return AESGCM(key)
