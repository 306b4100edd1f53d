"""Jobs of the experiments package: exposures leave the request that caused them."""

import datetime as dt

from meadow.core.jobs import OUTLAST, task
from meadow.experiments.exposures import expose_people


@task(name="experiments.expose", queue="facts", retry=OUTLAST)
def expose(*, experiment: str, people: list[str], at: str, surface: str = "") -> None:
    """Say who met their arm at `at` (ISO 8601, aware); run twice it says the same facts."""
    expose_people(
        experiment=experiment, people=people, now=dt.datetime.fromisoformat(at), surface=surface
    )
