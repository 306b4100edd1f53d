"""Jobs of the media package: render, check, transcode, rescue, sweep."""

from meadow.core.clock import now
from meadow.core.jobs import periodic, task
from meadow.media import rendering, services
from meadow.media.video import arrivals, posters, preparing


@task(name="media.render_upload", queue="media")
def render_upload(*, upload_id: int) -> None:
    """Render an upload; see rendering.render for what makes it safe to repeat."""
    rendering.render(upload_id=upload_id)


@task(name="media.check_video", queue="media")
def check_video(*, upload_id: int) -> None:
    """Put a video together and judge it; see preparing.check."""
    preparing.check(upload_id=upload_id)


@task(name="media.transcode_video", queue="media")
def transcode_video(*, upload_id: int) -> None:
    """Transcode a video; see preparing.prepare for what makes it safe to repeat."""
    preparing.prepare(upload_id=upload_id)


@task(name="media.take_still", queue="media")
def take_still(*, upload_id: int, video_id: int, at_ms: int) -> None:
    """Take another still of a video; see posters.finish_still."""
    posters.finish_still(upload_id=upload_id, video_id=video_id, at_ms=at_ms)


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
    arrivals.sweep_arrivals(now=now())
