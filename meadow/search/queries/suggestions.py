"""What is offered while somebody types: words, topics, people; before that, own and popular searches."""

from dataclasses import dataclass
from typing import Final, Literal

from django.db import connection
from django.utils.http import urlencode

from meadow.search.chinese import write_like
from meadow.search.models import PopularSearch, RecentSearch, SearchHabit
from meadow.search.queries.names import find_people, find_topics
from meadow.search.text import LONGEST_HAN, fold, split_runs

MOST_WORDS: Final = 6
MOST_PEOPLE: Final = 3
MOST_TOPICS: Final = 3
MOST_RECENT: Final = 8
MOST_POPULAR: Final = 8
RECENT_KEPT: Final = 20
# A word that a single note holds may be a name or a number: it is not offered to others.
OFFERED_FROM: Final = 2
Kind = Literal["recent", "rising", "popular", "word", "topic", "person"]
_COMPLETIONS: Final = """
SELECT prefix, word FROM unnest(%s::text[]) WITH ORDINALITY asked (prefix, place)
JOIN LATERAL (
    SELECT word, notes FROM search_term
    WHERE word LIKE asked.prefix || '%%' AND notes >= %s AND word !~ '^[0-9]+$'
    ORDER BY notes DESC, word LIMIT %s
) found ON true ORDER BY place, notes DESC, word
"""


@dataclass(frozen=True)
class Suggestion:
    """Something to search for or to go to; `url` is where choosing it leads."""

    kind: Kind
    text: str
    url: str
    detail: str = ""


def list_recent(*, person_id: int) -> list[Suggestion]:
    """Return what a person looked for last, newest first."""
    recent = RecentSearch.objects.filter(person_id=person_id).order_by("-at", "-pk")
    texts = recent.values_list("text", flat=True)[:MOST_RECENT]
    return [Suggestion("recent", text, search_url(text)) for text in texts]


def keeps_recent(*, person_id: int) -> bool:
    """Whether a person lets their searches be kept."""
    chosen = SearchHabit.objects.filter(person_id=person_id).values_list("keeps_recent", flat=True)
    return next(iter(chosen), True)


def list_popular() -> list[Suggestion]:
    """Return what many people looked for lately; what is on the rise comes first."""
    popular = PopularSearch.objects.order_by("-is_rising", "-people", "text")
    rows = popular.values_list("text", "is_rising")[:MOST_POPULAR]
    return [
        Suggestion("rising" if rising else "popular", text, search_url(text))
        for text, rising in rows
    ]


def suggest(*, text: str, viewer_id: int | None) -> list[Suggestion]:
    """Return what somebody who typed `text` so far may mean; for nothing typed, recent and popular."""
    if not text:
        recent = list_recent(person_id=viewer_id) if viewer_id is not None else []
        known = {one.text for one in recent}
        return recent + [one for one in list_popular() if one.text not in known]
    found: list[Suggestion] = []
    if not text.startswith(("@", "#")):
        found += [Suggestion("word", said, search_url(said)) for said in complete(text)]
    if not text.startswith("@"):
        topics = find_topics(text=text, most=MOST_TOPICS)
        found += [Suggestion("topic", f"#{topic.name}", topic.url) for topic in topics]
    if not text.startswith("#"):
        people = find_people(text=text, viewer_id=viewer_id, most=MOST_PEOPLE)
        found += [
            Suggestion("person", one.shown_name, f"/@{one.handle}", f"@{one.handle}")
            for one in people
        ]
    return found


def complete(text: str) -> list[str]:
    """Return `text` with its last word finished, by the words that most notes hold."""
    runs = list(split_runs(fold(text)))
    if not runs or text[-1:].isspace():
        return []
    run, han = runs[-1]
    ends = [run[-length:] for length in range(min(len(run), LONGEST_HAN), 0, -1)] if han else [run]
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETIONS, [ends, OFFERED_FROM, MOST_WORDS + 1])
        rows = cursor.fetchall()
    typed = fold(text).strip()
    said = []
    # The longest end that words begin with is what is being typed.
    longest = rows[0][0] if rows else ""
    for prefix, word in rows:
        whole = typed.removesuffix(prefix) + word
        if prefix == longest and whole != typed:
            said.append(write_like(whole, typed=text))
    return said[:MOST_WORDS]


def search_url(text: str) -> str:
    """Return the address of a search."""
    return f"/search?{urlencode({'q': text})}"
