"""What could be sold, by the hour: pages with a place for a sponsored card, and what winning them took."""

import datetime as dt
from collections.abc import Sequence

from meadow.core.transactions import transaction_required
from meadow.promotion.delivery.tally import Told
from meadow.promotion.models import InventoryHour


@transaction_required
def note_inventory(told: Sequence[tuple[dt.datetime, Told]]) -> None:
    """Add what processes saw to the hours in which they wrote it. One caller at a time: the tick."""
    hours: dict[dt.datetime, list[Told]] = {}
    for at, each in told:
        if each.pages:
            hour = at.replace(minute=0, second=0, microsecond=0)
            hours.setdefault(hour, []).append(each)
    for hour, parts in hours.items():
        row = InventoryHour.objects.filter(hour=hour).first() or InventoryHour(hour=hour)
        wins = {int(place): count for place, count in row.wins.items()}
        for each in parts:
            row.pages += each.pages
            row.filled += each.filled
            row.people += each.people
            row.spent += each.spent
            for place, count in each.wins.items():
                wins[place] = wins.get(place, 0) + count
        row.wins = {str(place): wins[place] for place in sorted(wins)}
        row.save()
