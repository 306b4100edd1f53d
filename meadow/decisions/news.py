"""What a person is told of their appeals."""

from django.utils.translation import gettext as _

from meadow.decisions.services import ANSWERED
from meadow.notifications.kinds import Kind, Params


def _title(params: Params) -> str:
    return _("Your appeal was granted") if params["granted"] else _("Your appeal was refused")


def _body(params: Params) -> str:
    if params["granted"]:
        return _("The decision no longer stands. The answer says why.")
    return _("The decision stands. The answer says why.")


APPEAL_ANSWERED = Kind(
    key=ANSWERED,
    group="decisions",
    icon="message-circle",
    title=_title,
    body=_body,
    email=True,
)
