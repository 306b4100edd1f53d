"""Writes of captions: added or replaced in one language, removed."""

import datetime as dt

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError, NotFound
from meadow.core.limits import check_rate
from meadow.core.transactions import transaction
from meadow.media.models import Caption, Upload
from meadow.media.video.caption_languages import LANGUAGES
from meadow.media.video.caption_text import (
    CaptionsBeyondEnd,
    CaptionsTooLarge,
    read_captions,
    write_webvtt,
)
from meadow.media.video.errors import VideoMissing
from meadow.media.video.limits import limits

RATE = "120/hour"
# Editors round the last caption up a little.
SLACK_MS = 2000


class CaptionLanguageUnknown(MeadowError):
    status = 422
    code = "media.caption_language"
    message = _("Captions cannot be in this language yet.")
    hint = _("Choose one of the list.")


class CaptionMissing(NotFound):
    code = "media.caption_missing"
    message = _("There are no captions in this language.")


class TooManyCaptionLanguages(MeadowError):
    status = 422
    code = "media.too_many_captions"
    message = _("A video has captions in at most {most} languages.")
    hint = _("Remove one to make room.")


def set_captions(
    *, public_id: str, owner_id: int, language: str, content: bytes, now: dt.datetime
) -> int:
    """Give an own video these captions in one language, instead of earlier ones; returns how many.

    `content` is WebVTT or SRT; what is kept is WebVTT of our own writing. Raises a
    CaptionsRefused, CaptionLanguageUnknown, TooManyCaptionLanguages, VideoMissing or RateLimited.
    """
    if language not in LANGUAGES:
        raise CaptionLanguageUnknown
    check_rate(name="media.captions", rate=RATE, subject=f"person:{owner_id}", now=now)
    cues = read_captions(content)
    with transaction():
        upload = _lock(public_id=public_id, owner_id=owner_id)
        if upload.duration_ms and cues[-1].start > upload.duration_ms + SLACK_MS:
            raise CaptionsBeyondEnd
        others = Caption.objects.filter(upload=upload).exclude(language=language).count()
        if others >= limits().most_captions:
            raise TooManyCaptionLanguages(most=limits().most_captions)
        Caption.objects.update_or_create(
            upload=upload,
            language=language,
            defaults={"cues": len(cues), "text": write_webvtt(cues), "created_at": now},
        )
    return len(cues)


def read_file(file: "UploadedFile[bytes]") -> bytes:
    """Return what an uploaded file of captions holds, or raise CaptionsTooLarge unread."""
    most = limits().caption_kib
    if (file.size or 0) > most * 1024:
        raise CaptionsTooLarge(most_kib=most)
    return bytes(file.read())


def remove_captions(*, public_id: str, owner_id: int, language: str) -> None:
    """Take captions away. Raises VideoMissing or CaptionMissing."""
    with transaction():
        upload = _lock(public_id=public_id, owner_id=owner_id)
        if not Caption.objects.filter(upload=upload, language=language).delete()[0]:
            raise CaptionMissing


def _lock(*, public_id: str, owner_id: int) -> Upload:
    upload = (
        Upload.objects.select_for_update()
        .filter(public_id=public_id, owner_id=owner_id, purpose=Upload.Purpose.NOTE_VIDEO)
        .first()
    )
    if upload is None:
        raise VideoMissing
    return upload
