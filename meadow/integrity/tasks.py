"""When detectors look, and how verdicts reach the stream."""

import logging

from meadow.core.clock import now
from meadow.core.errors import EngineUnavailable
from meadow.core.jobs import OUTLAST, periodic, task
from meadow.integrity import services
from meadow.integrity.moderation.people import end_what_is_over
from meadow.integrity.moderation.reporting import weigh_open
from meadow.integrity.services import Stage

log = logging.getLogger("meadow.integrity.tasks")


@periodic(cron="* * * * *")
@task(name="integrity.scan", queue="integrity", lock="integrity.scan", retry=False)
def scan(timestamp: int) -> None:
    """Look at what is new each minute; what a run misses, the next one sees."""
    try:
        opened = services.scan_facts(now=now())
    except EngineUnavailable:
        log.warning("the warehouse is away: detectors look again in a minute")
    else:
        if opened:
            log.info("%d cases opened", opened)


@task(name="integrity.deliver_verdicts", queue="integrity", retry=OUTLAST)
def deliver_verdicts(*, case_id: str, stage: Stage) -> None:
    """Publish a case's verdicts, however long the stream is away."""
    services.deliver_verdicts(case_id=case_id, stage=stage)


@periodic(cron="*/10 * * * *")
@task(
    name="integrity.weigh_reports", queue="integrity", lock="integrity.weigh_reports", retry=False
)
def weigh_reports(timestamp: int) -> None:
    """Weigh what waits again: what keeps reaching people grows more urgent."""
    weigh_open(now=now())


@periodic(cron="* * * * *")
@task(
    name="integrity.end_restrictions",
    queue="integrity",
    lock="integrity.end_restrictions",
    retry=False,
)
def end_restrictions(timestamp: int) -> None:
    """Show people again, and let them write, in the minute in which their time is over."""
    if ended := end_what_is_over(now=now()):
        log.info("restrictions of %d people are over", ended)
