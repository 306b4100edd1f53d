"""What a person looked for, kept for their own eyes as long as they want; and what many look for."""

import datetime as dt

from django.db import connection

from meadow.analytics.searches import popular_terms, rising_terms
from meadow.core.transactions import transaction
from meadow.integrity.screening import screen
from meadow.notes.text import clean_line
from meadow.search.models import PopularSearch, RecentSearch, SearchHabit
from meadow.search.queries.rules import newest_rule
from meadow.search.queries.suggestions import RECENT_KEPT, keeps_recent
from meadow.search.text import fold

MOST_POPULAR_KEPT = 50
MOST_RISING = 4
LATELY = dt.timedelta(days=1)
_DROP_OLD = """
DELETE FROM search_recentsearch WHERE person_id = %(person)s AND id NOT IN (
    SELECT id FROM search_recentsearch WHERE person_id = %(person)s ORDER BY at DESC, id DESC
    LIMIT %(kept)s)
"""


def remember_search(*, person_id: int, text: str, now: dt.datetime) -> None:
    """Keep what a person looked for, unless they want nothing kept; the oldest makes room."""
    if not keeps_recent(person_id=person_id):
        return
    with transaction():
        RecentSearch.objects.update_or_create(
            person_id=person_id, folded=fold(text)[:100], defaults={"text": text, "at": now}
        )
        with connection.cursor() as cursor:
            cursor.execute(_DROP_OLD, {"person": person_id, "kept": RECENT_KEPT})


def forget_search(*, person_id: int, text: str) -> None:
    """Forget one search; told twice, it changes nothing."""
    with transaction():
        RecentSearch.objects.filter(
            person_id=person_id, folded=fold(clean_line(text))[:100]
        ).delete()


def forget_searches(*, person_id: int) -> None:
    """Forget everything a person looked for."""
    with transaction():
        RecentSearch.objects.filter(person_id=person_id).delete()


def choose_keeping(*, person_id: int, keep: bool) -> None:
    """Keep searches from now on, or stop and forget those that were kept."""
    with transaction():
        SearchHabit.objects.update_or_create(person_id=person_id, defaults={"keeps_recent": keep})
        if not keep:
            RecentSearch.objects.filter(person_id=person_id).delete()


def renew_popular(*, now: dt.datetime) -> int:
    """Take from the warehouse what enough people looked for lately. Raises EngineUnavailable."""
    rule = newest_rule()
    week = dt.timedelta(days=rule.popular_days)
    people = rule.popular_people
    found = popular_terms(since=now - week, people=people, most=MOST_POPULAR_KEPT)
    rising = rising_terms(
        now=now, lately=LATELY, before=week - LATELY, people=people, most=MOST_RISING
    )
    counts = dict.fromkeys(rising, people) | dict(found)
    # What may not be written here is not offered to others either, however often it is asked for.
    shown = {term: count for term, count in counts.items() if not screen(text=term, scope="title")}
    with transaction():
        PopularSearch.objects.all().delete()
        PopularSearch.objects.bulk_create(
            PopularSearch(text=term, people=count, is_rising=term in rising)
            for term, count in shown.items()
        )
    return len(shown)
