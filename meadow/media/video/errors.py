"""What can be wrong with a video, in sentences a person can act on."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound
from meadow.media.errors import REASONS, UploadRefused
from meadow.media.video.limits import limits


class VideoRefused(UploadRefused):
    """Base of everything wrong with a video; its sentences know the limits that hold here."""

    code = "media.video_refused"
    message = _("This video could not be used.")
    hint = _("Export it as MP4 (H.264), then add it again.")

    def __init__(self, **params: Any) -> None:
        most = limits()
        super().__init__(most_mib=most.most_mib, most_minutes=most.most_minutes, **params)


class NotAVideo(VideoRefused):
    status = 415
    code = "media.not_a_video"
    message = _(
        "What is inside this file is not an MP4, MOV or WebM video, whatever its name says."
    )
    hint = _("Export it as MP4 (H.264), then add it again.")


class VideoTooLarge(VideoRefused):
    status = 413
    code = "media.video_too_large"
    message = _("A video may be at most {most_mib} MB, and this file is larger.")
    hint = _("Export it at a lower quality or cut it, then add it again.")


class VideoTooLong(VideoRefused):
    code = "media.video_too_long"
    message = _("A video may be at most {most_minutes} minutes long, and this one is longer.")
    hint = _("Cut it, or make two notes of it.")


class VideoTooShort(VideoRefused):
    code = "media.video_too_short"
    message = _("There is no moving picture in this file, or less than half a second of it.")
    hint = _("Check that it plays on your device, export it again, then add it.")


class VideoTooManyPixels(VideoRefused):
    code = "media.video_too_many_pixels"
    message = _("The picture of this video is larger than 4K.")
    hint = _("Export it at 1080p or 4K, then add it again.")


class VideoTooSmall(VideoRefused):
    code = "media.video_too_small"
    message = _("The picture of this video is smaller than 32 pixels.")
    hint = _("Export it at 720p or 1080p, then add it again.")


class VideoTooFast(VideoRefused):
    code = "media.video_too_fast"
    message = _("This video has more pictures a second than any camera takes.")
    hint = _("Export it at 30 or 60 pictures a second, then add it again.")


class TooManyTracks(VideoRefused):
    code = "media.video_too_many_tracks"
    message = _("This file holds far more tracks than a video needs.")
    hint = _("Export it with one picture and one sound track, then add it again.")


class VideoBroken(VideoRefused):
    code = "media.video_broken"
    message = _("This video is damaged, or made in a way that cannot be read.")
    hint = _("Check that it plays on your device, export it as MP4 (H.264), then add it again.")


class VideoTimedOut(VideoRefused):
    code = "media.video_timed_out"
    message = _("This video took too long to prepare.")
    hint = _("Export it at 1080p and 30 pictures a second, then add it again.")


class VideoIncomplete(VideoRefused):
    code = "media.video_incomplete"
    message = _("This video did not arrive completely.")
    hint = _("Add it again.")


class VideoAbandoned(VideoRefused):
    code = "media.video_abandoned"
    message = _("The rest of this video did not arrive for a day, so what was here is gone.")
    hint = _("Add it again when the connection is better.")


class VideoMissing(NotFound):
    code = "media.video_missing"
    message = _("This video is no longer here.")
    hint = _("Add it again.")


class VideoInUse(Conflict):
    code = "media.video_in_use"
    message = _("A note holds this video.")
    hint = _("Take it out of the note first, or delete the note.")


class TooManyUnfinished(MeadowError):
    status = 429
    code = "media.too_many_unfinished"
    message = _("{count} of your videos are still on their way, and at most {most} can be.")
    hint = _("Finish or cancel one of them, then start this one.")


class WrongOffset(Conflict):
    code = "media.wrong_offset"
    message = _("{expected} bytes are here, and this piece begins at {given}.")
    hint = _("Ask how much has arrived, then go on from there.")


class PieceTooLarge(MeadowError):
    status = 413
    code = "media.piece_too_large"
    message = _("One piece of an upload may be at most {most_mib} MB.")
    hint = _("Send the file in smaller pieces.")


class PieceDamaged(MeadowError):
    """tus says 460 for this."""

    status = 460
    code = "media.piece_damaged"
    message = _("This piece changed on its way: its checksum is not the one it was sent with.")
    hint = _("Send the same piece again.")


class BadTusRequest(MeadowError):
    """`header` is missing or makes no sense."""

    code = "media.tus_header"
    message = _("The header {header} is missing or does not fit.")
    hint = _("See the tus protocol, version 1.0.0.")


class WrongTusVersion(MeadowError):
    status = 412
    code = "media.tus_version"
    message = _("This server speaks version 1.0.0 of the tus protocol.")
    hint = _("Send the header Tus-Resumable: 1.0.0.")

    def headers(self) -> dict[str, str]:
        return {"Tus-Version": "1.0.0"}


class WrongPieceType(MeadowError):
    status = 415
    code = "media.tus_type"
    message = _("A piece of an upload is sent as application/offset+octet-stream.")
    hint = _("Set the Content-Type header to it.")


def _kinds(base: type[VideoRefused]) -> list[type[VideoRefused]]:
    return [base, *(one for kind in base.__subclasses__() for one in _kinds(kind))]


REASONS.update({kind.code: kind for kind in _kinds(VideoRefused)})
