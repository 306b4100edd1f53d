"""What promotion does by the clock, and hears of."""

from typing import Any

from meadow.accounts.events import ProfileChanged
from meadow.core.clock import now
from meadow.core.events import from_json
from meadow.core.jobs import periodic, task
from meadow.promotion.delivery.ticking import forget_old_meetings, pace_orders
from meadow.promotion.events import OrderPlaced
from meadow.promotion.services import stopping
from meadow.promotion.services.building import build_if_due
from meadow.promotion.services.charging import charge_due
from meadow.promotion.services.choices import end_choice_if_too_young
from meadow.promotion.services.ending import finish_due, is_settling, settle_due
from meadow.promotion.services.predicting import learn_responses, predict_orders
from meadow.promotion.services.projecting import find_quiet, reconcile_orders
from meadow.promotion.services.supplying import learn_supply

QUEUE = "promotion"


# The sixth field is seconds.
@periodic(cron="* * * * * */10")
@task(name="promotion.reconcile", lock="promotion.reconcile", retry=False)
def reconcile(*, timestamp: int) -> None:
    """Bring orders up to what the warehouse counted: quiet ones, and what a crash left untold."""
    reconcile_orders(now=now())


@periodic(cron="23 * * * *")
@task(name="promotion.recount", lock="promotion.reconcile")
def recount(*, timestamp: int) -> None:
    """Count every order anew, also where nothing seems to have come: a warehouse may be made anew."""
    reconcile_orders(now=now(), whole=True)


@periodic(cron="* * * * * */2")
@task(name="promotion.charge", lock="promotion.charge", retry=False)
def charge(*, timestamp: int) -> None:
    """Charge orders for what was counted; what one run leaves, the next one takes."""
    charge_due(now=now())


@periodic(cron="* * * * * */2")
@task(name="promotion.pace", queue=QUEUE, lock="promotion.pace", retry=False)
def pace(*, timestamp: int) -> None:
    """Pace live orders: take in what web processes served, bid and lend anew."""
    pace_orders(now=now())


@periodic(cron="37 * * * *")
@task(name="promotion.forget_met", queue=QUEUE)
def forget_met(*, timestamp: int) -> None:
    """Forget each hour who met which order, once no cap asks for it."""
    forget_old_meetings(now=now())


@periodic(cron="* * * * * */5")
@task(name="promotion.end", lock="promotion.end", retry=False)
def end(*, timestamp: int) -> None:
    """End orders that are over or spent, and give back what ended ones have left."""
    finish_due(now=now())
    at = now()
    if is_settling(now=at):
        settle_due(now=at, quiet=find_quiet())


@periodic(cron="* * * * *")
@task(name="promotion.build_audiences", lock="promotion.build_audiences", retry=False)
def build_audiences(*, timestamp: int) -> None:
    """Build the audiences where the last building is old enough; the next run makes up for a lost one."""
    build_if_due(now=now())


@task(name="promotion.hear_profile")
def hear_profile(event: dict[str, Any]) -> None:
    """Take back the yes of somebody whose year of birth now says that they may be under 18."""
    changed = from_json(ProfileChanged, event)
    end_choice_if_too_young(person_id=changed.person_id, now=now())


@task(name="promotion.hear_note", queue=QUEUE)
def hear_note(event: dict[str, Any]) -> None:
    """Look at the orders of a note that was deleted, or is for others than before."""
    stopping.look_at_note(note_id=int(event["note_id"]), now=now())


@task(name="promotion.hear_edit", queue=QUEUE)
def hear_edit(event: dict[str, Any]) -> None:
    """Hold the orders of a note whose words or photos changed against the rules again."""
    stopping.look_at_note(note_id=int(event["note_id"]), edited=True, now=now())


@task(name="promotion.hear_author", queue=QUEUE)
def hear_author(event: dict[str, Any]) -> None:
    """Look at the orders for an author who, or of whom something, was kept from view or shown again."""
    stopping.look_at_author(
        author_id=int(event.get("author_id", event.get("person_id", 0))), now=now()
    )


@periodic(cron="*/10 * * * *")
@task(name="promotion.learn_responses", lock="promotion.learn_responses", retry=False)
def learn(timestamp: int) -> None:
    """Learn every ten minutes how people respond; a run that fails is made up for by the next."""
    learn_responses(now=now())


@periodic(cron="* * * * *")
@task(name="promotion.predict_orders", lock="promotion.predict_orders", retry=False)
def predict(timestamp: int) -> None:
    """Say each minute what a showing of each order is expected to bring."""
    predict_orders(now=now())


@periodic(cron="41 * * * *")
@task(name="promotion.learn_supply", lock="promotion.learn_supply", retry=False)
def learn_traffic(timestamp: int) -> None:
    """Count each hour who comes how often, for forecasts."""
    learn_supply(now=now())


@task(name="promotion.predict_order")
def predict_placed(event: dict[str, Any]) -> None:
    """Say what a new order's showing is expected to bring, before it runs."""
    predict_orders(public_id=from_json(OrderPlaced, event).order, now=now())
