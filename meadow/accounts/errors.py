"""What accounts refuse."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound, PermissionDenied


class PersonMissing(NotFound):
    """Nobody has this handle, or they are not to be seen by whoever asks."""

    code = "accounts.person_missing"
    message = _("There is nobody here by that name.")
    hint = _("The handle may be mistyped, or the account is gone.")


class NotYourself(MeadowError):
    """A person followed or blocked themselves."""

    status = 422
    code = "accounts.not_yourself"
    message = _("You cannot do this with your own account.")


class FollowRefused(PermissionDenied):
    """One of the two has blocked the other."""

    code = "accounts.follow_refused"
    message = _("You cannot follow this person.")
    hint = _("One of you has blocked the other.")


class TokenMissing(NotFound):
    """The person has no token of this id."""

    code = "accounts.token_missing"
    message = _("There is no such access token.")
    hint = _("It may have been revoked already.")


class TokenInvalid(MeadowError):
    """The token is unknown, expired or revoked."""

    status = 401
    code = "accounts.token_invalid"
    message = _("This access token does not work: it is unknown, expired or revoked.")
    hint = _("Make a new one under Settings, Access tokens.")

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class ScopeMissing(PermissionDenied):
    """The token works, but not for this."""

    code = "accounts.scope_missing"
    message = _("This access token does not cover that: it needs the scope {scope}.")
    hint = _("Make a token that has the scope.")


class SessionRequired(PermissionDenied):
    """A token tried something that only a person in a browser may do."""

    code = "accounts.session_required"
    message = _("Only a signed-in person can do this, not an access token.")
    hint = _("Sign in on the site and do it there.")


class TooManyTokens(Conflict):
    """A person keeps at most `most` tokens that work."""

    code = "accounts.too_many_tokens"
    message = _("You have {most} access tokens, which is the most anyone can have.")
    hint = _("Revoke one that you no longer use.")


class LastOperator(Conflict):
    """The installation would be left with nobody to run it."""

    code = "accounts.last_operator"
    message = _("This is the last operator.")
    hint = _("Make somebody else an operator first.")


class HandleTaken(Conflict):
    """Somebody has this handle, whatever its case."""

    code = "accounts.handle_taken"
    message = _("The handle {handle} is taken.")
    hint = _("Choose another one.")
