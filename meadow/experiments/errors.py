"""Expected failures of experiments."""

from django.utils.translation import gettext_lazy as _

from meadow.core.errors import Conflict, MeadowError, NotFound


class ExperimentUnknown(NotFound):
    """No experiment has the key `key`."""

    code = "experiments.unknown"
    message = _("There is no experiment called {key}.")
    hint = _("The list of experiments shows every key.")


class KeyTaken(Conflict):
    """Another experiment has the key `key` already, perhaps a stopped one."""

    code = "experiments.key_taken"
    message = _("There is an experiment called {key} already.")
    hint = _("Choose another key: facts name their experiment by it for ever.")


class AlreadyStarted(Conflict):
    """Only a draft can be started."""

    code = "experiments.already_started"
    message = _("{key} was started before.")
    hint = _("A stopped experiment stays stopped. To look again, create a new one.")


class NotRunning(Conflict):
    """Only a running experiment can be stopped or widened."""

    code = "experiments.not_running"
    message = _("{key} is not running.")
    hint = _("Start it first; one that was stopped stays stopped.")


class TrafficOnlyGrows(Conflict):
    """Nobody who is in may fall out: `traffic` is the share that takes part now."""

    code = "experiments.traffic_only_grows"
    message = _("{key} already includes {traffic} in 10,000 people.")
    hint = _("The share can grow, so that nobody who takes part falls out. To end it, stop it.")


class OutcomeUnknown(MeadowError):
    """No outcome has the key `outcome`."""

    status = 422
    code = "experiments.outcome_unknown"
    message = _("There is no outcome called {outcome}.")
    hint = _("Known outcomes: {known}.")
