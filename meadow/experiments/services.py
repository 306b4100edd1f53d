"""Creating, starting, widening and stopping experiments."""

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from typing import Final

from django.db import IntegrityError
from django.utils.translation import gettext as _

from meadow.core.errors import InvalidInput
from meadow.core.transactions import savepoint, transaction
from meadow.experiments.assignment import BUCKETS, forget_running
from meadow.experiments.errors import (
    AlreadyStarted,
    ExperimentUnknown,
    KeyTaken,
    NotRunning,
    TrafficOnlyGrows,
)
from meadow.experiments.models import Experiment
from meadow.experiments.queries import KEY, ExperimentRecord, describe

ARM: Final = re.compile(r"[a-z][a-z0-9_]{0,23}")
FEWEST_ARMS, MOST_ARMS = 2, 8
LONGEST_NAME: Final = 120


def create_experiment(
    *, key: str, name: str, arms: Mapping[str, int], traffic: int, now: dt.datetime
) -> ExperimentRecord:
    """Keep a draft. `arms` maps each arm to its weight, the control first; they sum to 10,000.

    Raises InvalidInput, KeyTaken.
    """
    _check(key=key, name=name, arms=arms, traffic=traffic)
    with transaction():
        try:
            with savepoint():
                row = Experiment.objects.create(
                    key=key,
                    name=name.strip(),
                    salt=secrets.token_hex(16),
                    arms=list(arms),
                    weights=list(arms.values()),
                    traffic=traffic,
                    created_at=now,
                )
        except IntegrityError as taken:
            if not Experiment.objects.filter(key=key).exists():
                raise
            raise KeyTaken(key=key) from taken
    return describe(row)


def start_experiment(*, key: str, now: dt.datetime) -> ExperimentRecord:
    """Let people in. Raises ExperimentUnknown, AlreadyStarted."""
    _check_key(key)
    with transaction():
        changed = Experiment.objects.filter(key=key, state=Experiment.State.DRAFT).update(
            state=Experiment.State.RUNNING, started_at=now
        )
        row = _find(key)
        if not changed:
            raise AlreadyStarted(key=key)
    forget_running()
    return describe(row)


def grow_traffic(*, key: str, traffic: int) -> ExperimentRecord:
    """Let more people in; nobody who is in changes their arm.

    Raises InvalidInput, ExperimentUnknown, NotRunning, TrafficOnlyGrows.
    """
    _check_key(key)
    _check_traffic(traffic)
    with transaction():
        changed = Experiment.objects.filter(
            key=key, state=Experiment.State.RUNNING, traffic__lt=traffic
        ).update(traffic=traffic)
        row = _find(key)
        if row.state != Experiment.State.RUNNING:
            raise NotRunning(key=key)
        if not changed:
            raise TrafficOnlyGrows(key=key, traffic=row.traffic)
    forget_running()
    return describe(row)


def stop_experiment(*, key: str, now: dt.datetime) -> ExperimentRecord:
    """End it for ever: nobody has an arm any more. Raises ExperimentUnknown, NotRunning."""
    _check_key(key)
    with transaction():
        changed = Experiment.objects.filter(key=key, state=Experiment.State.RUNNING).update(
            state=Experiment.State.STOPPED, stopped_at=now
        )
        row = _find(key)
        if not changed:
            raise NotRunning(key=key)
    forget_running()
    return describe(row)


def _check_key(key: str) -> None:
    # An address can hold what PostgreSQL takes for no text at all.
    if not KEY.fullmatch(key):
        raise ExperimentUnknown(key=key)


def _find(key: str) -> Experiment:
    row = Experiment.objects.filter(key=key).first()
    if row is None:
        raise ExperimentUnknown(key=key)
    return row


def _check(*, key: str, name: str, arms: Mapping[str, int], traffic: int) -> None:
    """Say in words what the database would refuse."""
    fields: dict[str, list[str]] = {}
    if not KEY.fullmatch(key):
        fields["key"] = [_("Use 2 to 48 small letters, digits and underscores, a letter first.")]
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        fields["name"] = [_("Say in at most 120 characters what is tried.")]
    if not FEWEST_ARMS <= len(arms) <= MOST_ARMS:
        fields["arms"] = [_("An experiment has 2 to 8 arms.")]
    elif not all(ARM.fullmatch(arm) for arm in arms):
        fields["arms"] = [
            _("Name arms with at most 24 small letters, digits and underscores, a letter first.")
        ]
    elif min(arms.values()) < 1 or sum(arms.values()) != BUCKETS:
        fields["arms"] = [_("The weights are at least 1 each, and 10,000 together.")]
    if fields:
        raise InvalidInput(fields=fields)
    _check_traffic(traffic)


def _check_traffic(traffic: int) -> None:
    if not 1 <= traffic <= BUCKETS:
        raise InvalidInput(fields={"traffic": [_("The share is from 1 to 10,000 in 10,000.")]})
