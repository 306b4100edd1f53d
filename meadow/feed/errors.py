"""What the feed refuses."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class WallExpired(MeadowError):
    """The cursor belongs to a wall that is no longer kept."""

    status = 410
    code = "feed.wall_expired"
    message = _("This page of Hot is from a while ago and is no longer kept.")
    hint = _("Start again from the top.")
