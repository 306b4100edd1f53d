"""What people choose about promoted notes: whether what they do may decide which they see."""

import datetime as dt

from meadow.core.transactions import transaction
from meadow.promotion.errors.audiences import TooYoungForProfile
from meadow.promotion.models import AdChoice
from meadow.promotion.queries.audiences import get_ad_standing


def choose_promoted(*, person_id: int, by_interest: bool, now: dt.datetime) -> None:
    """Let promoted notes be chosen by what somebody does, or not. Raises TooYoungForProfile.

    A no holds with the next page; the next building of the audiences leaves them out.
    """
    if by_interest and not get_ad_standing(person_id=person_id, now=now).may_choose:
        raise TooYoungForProfile
    with transaction():
        AdChoice.objects.update_or_create(
            person_id=person_id, defaults={"by_interest": by_interest, "at": now}
        )


def end_choice_if_too_young(*, person_id: int, now: dt.datetime) -> None:
    """Take back the yes of somebody whose year of birth now says that they may be under 18."""
    if get_ad_standing(person_id=person_id, now=now).may_choose:
        return
    with transaction():
        AdChoice.objects.filter(person_id=person_id, by_interest=True).update(
            by_interest=False, at=now
        )
