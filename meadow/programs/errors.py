"""What the programs package refuses, and how to mend it."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import MeadowError


class RuleInvalid(MeadowError):
    """Rule data that says nothing, or too much; `place` is where, as in `all[1].threshold`."""

    status = 422
    code = "programs.rule_invalid"
    message = _("The rule cannot be read at {place}: {problem}.")
    hint = _("Mend that place, then try again.")


class MetricUnknown(MeadowError):
    """No package registered this metric."""

    status = 422
    code = "programs.metric_unknown"
    message = _("There is no metric called “{metric}”.")
    hint = _("Choose one from the list of metrics.")
