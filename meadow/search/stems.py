"""The stems of English words, as PostgreSQL's own Snowball dictionary has them, kept by the process."""

import threading
from collections.abc import Iterable

from django.db import connection

_KEPT = 200_000
_stems: dict[str, str] = {}
_lock = threading.Lock()
_STEMS = """
SELECT w, CASE WHEN cardinality(s) = 0 THEN '' ELSE coalesce(s[1], w) END
FROM (SELECT w, ts_lexize('english_stem', w) AS s FROM unnest(%s::text[]) w OFFSET 0) asked
"""


def stems_of(words: Iterable[str]) -> dict[str, str]:
    """Return the stem of each English word among `words`; empty for one that says nothing ("the").

    At most one query, for words that this process has not met yet.
    """
    english = {word for word in words if word.isascii() and word.isalpha() and len(word) > 1}
    unknown = [word for word in english if word not in _stems]
    if unknown:
        with connection.cursor() as cursor:
            cursor.execute(_STEMS, [unknown])
            found = dict(cursor.fetchall())
        with _lock:
            if len(_stems) > _KEPT:
                _stems.clear()
            _stems.update(found)
        return {word: found.get(word, _stems.get(word, word)) for word in english}
    return {word: _stems.get(word, word) for word in english}
