"""Jobs of the media package: render, rescue, sweep."""

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.media import rendering, services


@task(name="media.render_upload", queue="media")
def render_upload(*, upload_id: int) -> None:
    """Render an upload; see rendering.render for what makes it safe to repeat."""
    rendering.render(upload_id=upload_id)


@periodic(cron="*/2 * * * *")
@task(name="media.rescue_uploads", queue="media")
def rescue_uploads(*, timestamp: int) -> None:
    """Start again what was lost with a killed process."""
    services.rescue_uploads(now=now())


@periodic(cron="17 * * * *")
@task(name="media.sweep_uploads", queue="media")
def sweep_uploads(*, timestamp: int) -> None:
    """Remove uploads that nobody shows."""
    services.sweep_uploads(now=now())
