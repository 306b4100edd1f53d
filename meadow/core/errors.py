"""Expected failures: small classes with data and a status, mapped to answers in one place."""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

Message = str | Promise


def join_sentences(*sentences: Message) -> str:
    """Return the sentences as one line: Chinese sets no space after 。, English does."""
    gap = "" if (get_language() or "").startswith("zh") else " "
    return gap.join(said for said in map(str, sentences) if said)


class MeadowError(Exception):
    """A refusal that a person can understand; subclasses set status, code and sentences.

    `message` says what happened and why, `hint` what to do; both may use `{params}`.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "error"
    message: ClassVar[Message] = _("That did not work.")
    hint: ClassVar[Message] = ""

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code, params)

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """Return what happened, in the active language."""
        return str(self.message).format(**self.params)

    def hint_text(self) -> str:
        """Return what to do next, in the active language, or an empty string."""
        return str(self.hint).format(**self.params)

    def sentences(self) -> str:
        """Return what happened and what to do next as one line, in the active language."""
        return join_sentences(self.text(), self.hint_text())

    def headers(self) -> dict[str, str]:
        """Return the extra response headers this failure calls for."""
        return {}


class NotFound(MeadowError):
    status = 404
    code = "not_found"
    message = _("There is nothing here.")
    hint = _("The address may be mistyped, or what was here has been removed.")


class NotSignedIn(MeadowError):
    status = 401
    code = "not_signed_in"
    message = _("You are not signed in.")
    hint = _("Sign in, then try again.")


class PermissionDenied(MeadowError):
    status = 403
    code = "permission_denied"
    message = _("You may not do this.")
    hint = _("If you think you should be able to, ask the people who run this community.")


class Conflict(MeadowError):
    status = 409
    code = "conflict"
    message = _("Somebody changed this in the meantime.")
    hint = _("Reload to see how it stands now, then try again.")


class InvalidInput(MeadowError):
    """Some fields need mending; `fields` maps a field name to its sentences."""

    status = 422
    code = "invalid_input"
    message = _("Some of what you entered needs another look.")

    def __init__(self, fields: dict[str, list[str]] | None = None, **params: Any) -> None:
        self.fields = fields or {}
        super().__init__(**params)


class RateLimited(MeadowError):
    """Too many tries; `retry_after` is in seconds."""

    status = 429
    code = "rate_limited"
    message = _("That was a lot in a short time.")
    hint = _("Wait {retry_after} seconds, then try again.")

    def __init__(self, *, retry_after: int, **params: Any) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after=retry_after, **params)

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class EngineUnavailable(MeadowError):
    """An engine (PostgreSQL, NATS, the warehouse, storage) is away for the moment."""

    status = 503
    code = "engine_unavailable"
    message = _("A part of the service is restarting.")
    hint = _("Nothing is lost. Try again in a few seconds.")

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "3"}
