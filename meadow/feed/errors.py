"""What the feed refuses."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class WallExpired(MeadowError):
    """The cursor belongs to a wall that is no longer kept."""

    status = 410
    code = "feed.wall_expired"
    message = _("This page of Hot is from a while ago and is no longer kept.")
    hint = _("Start again from the top.")


class CardForgotten(MeadowError):
    """The token of a card is forged, or older than a day."""

    status = 404
    code = "feed.card_forgotten"
    message = _("It is no longer known how this card came to be shown.")
    hint = _("That is kept for a day. Open the wall again and ask at a card there.")


class TopicMissing(MeadowError):
    status = 404
    code = "feed.topic_missing"
    message = _("There is no topic called {name} here.")
    hint = _("Check how it is written: without the # sign.")


class HidesThemselves(MeadowError):
    status = 422
    code = "feed.own_notes"
    message = _("These are your own notes.")
    hint = _("Only notes by others can be hidden.")


class TooMuchHidden(MeadowError):
    """`most` of a kind are hidden already."""

    status = 422
    code = "feed.too_much_hidden"
    message = _("You have hidden {most} of these already, which is as many as are kept.")
    hint = _("Take some back in the settings of your feed, then try again.")


class TooYoung(MeadowError):
    status = 403
    code = "feed.too_young"
    message = _("A feed of your own is for people who are 18 or older.")
    hint = _(
        "You see Hot as everybody does. If your year of birth is wrong, mend it in your profile."
    )
