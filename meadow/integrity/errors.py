"""What can go wrong with cases."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, NotFound


class CaseMissing(NotFound):
    """No case has this public id."""

    code = "integrity.case_missing"
    message = _("There is no such case.")


class CaseTakenBackAlready(Conflict):
    """Somebody took this case back before."""

    code = "integrity.case_taken_back_already"
    message = _("This case has been taken back already.")
    hint = _("Nothing more is to be done: its facts count as they did before.")
