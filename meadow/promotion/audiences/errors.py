"""What audiences refuse, in words for the person who asked."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class AudienceInvalid(MeadowError):
    """`place` says where in the definition, `problem` what is wrong there."""

    status = 422
    code = "audience_invalid"
    message = _("This audience cannot be read: {place}: {problem}.")
    hint = _("Mend that place and send it again.")


class TooManySizes(MeadowError):
    """A buyer has asked for as many sizes as one may; there is room again `again_at` (UTC), within `days`."""

    status = 429
    code = "too_many_audience_sizes"
    message = _("You have asked for the size of very many audiences in the last 30 days.")
    hint = _(
        "So many answers together would tell about single people. There is room again within {days} days."
    )


class SeedTooSmall(MeadowError):
    """A look-alike needs enough people to learn from; `found` have an interest we know."""

    status = 422
    code = "seed_too_small"
    message = _("Too few people on this list are known well enough to find others like them.")
    hint = _("Use a list with more people.")


class SnapshotDamaged(Exception):
    """Bytes that are no whole snapshot of an index: too short, changed, or of another kind."""


class SnapshotOfAnotherVersion(Exception):
    """A whole snapshot that this code does not read; the index is built anew."""
