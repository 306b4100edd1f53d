"""What can be wrong with a photo, in sentences a person can act on."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError, Message, NotFound


class UploadRefused(MeadowError):
    """Base of everything wrong with a file that was handed in."""

    status = 422
    code = "media.refused"
    message = _("This photo could not be used.")


class PhotoTooLarge(UploadRefused):
    status = 413
    code = "media.too_large"
    message = _("This file is {megabytes} MB, and a photo may be at most {most} MB.")
    hint = _("Export it smaller, or as JPEG, then add it again.")


class PhotoEmpty(UploadRefused):
    code = "media.empty"
    message = _("This file is empty.")
    hint = _("Choose the photo again; the copy may have stopped half way.")


class NotAPhoto(UploadRefused):
    status = 415
    code = "media.not_a_photo"
    message = _(
        "What is inside this file is not a JPEG, PNG or WebP photo, whatever its name says."
    )
    hint = _("Save it as JPEG, PNG or WebP, then add it again.")


class HeicPhoto(NotAPhoto):
    code = "media.heic"
    message = _("This is a HEIC photo, which browsers cannot show.")
    hint = _("Export it as JPEG, or set the camera to “Most compatible”.")


class AnimatedGif(NotAPhoto):
    code = "media.gif"
    message = _("This is a GIF. Notes take JPEG, PNG and WebP photos.")
    hint = _("Save one frame of it as JPEG or PNG, then add it again.")


class PhotoBroken(UploadRefused):
    code = "media.broken"
    message = _("This photo is damaged and cannot be read.")
    hint = _("Open it in a photo app, save a new copy, then add that.")


class TooManyPixels(UploadRefused):
    code = "media.too_many_pixels"
    message = _("This photo has {megapixels} million pixels, and at most {most} million are taken.")
    hint = _("Export it smaller, then add it again.")


class FarTooManyPixels(TooManyPixels):
    """So many that Pillow stops before it tells how many."""

    message = _(
        "This photo has more than {megapixels} million pixels, and at most {most} million are"
        " taken."
    )


class PhotoTooSlow(UploadRefused):
    """A JPEG of so many passes over its pixels that opening it would take minutes."""

    code = "media.too_slow"
    message = _("This photo is stored in a way that takes far too long to open.")
    hint = _("Open it in a photo app, save a new copy as JPEG, then add that.")


class RenderTimedOut(UploadRefused):
    code = "media.render_timed_out"
    message = _("This photo took too long to prepare.")
    hint = _("Export it smaller, or as JPEG, then add it again.")


class OriginalLost(UploadRefused):
    code = "media.original_lost"
    message = _("This photo did not arrive completely.")
    hint = _("Add it again.")


class UploadMissing(NotFound):
    code = "media.upload_missing"
    message = _("This photo is no longer here.")
    hint = _("Add it again.")


class UploadTaken(MeadowError):
    status = 409
    code = "media.upload_taken"
    message = _("This photo is already in use.")
    hint = _("Add the file once more to use it a second time.")


REASONS: dict[str, type[UploadRefused]] = {
    kind.code: kind
    for kind in (
        NotAPhoto,
        HeicPhoto,
        AnimatedGif,
        PhotoBroken,
        PhotoTooSlow,
        TooManyPixels,
        RenderTimedOut,
        OriginalLost,
        UploadRefused,
    )
}


def reason_text(code: str) -> Message:
    """Return the sentence for the `error_code` of a failed upload."""
    if code == TooManyPixels.code:
        return _("This photo has too many pixels.")
    kind = REASONS.get(code, UploadRefused)
    # A video's sentences name the limits that hold here; a photo's need figures that are not kept.
    return kind().text() if code.startswith("media.video") else kind.message


def reason_hint(code: str) -> Message:
    """Return what to do about the `error_code` of a failed upload."""
    return REASONS.get(code, UploadRefused).hint
