"""A population for the eligibility bench, run as a program: `eligibility_world.py PEOPLE NOTES_EACH`.

Written by PostgreSQL itself. Followers have a heavy tail (Pareto, 1; one in 83 has more than 5,000);
a note's reads follow its author's followers, with a tail of their own (Pareto, 1.7); notes are spread
evenly over 240 days. The same every time, but for the day.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from meadow.core import clock

# The beginning of today, so that a page asked for now finds the world as the parts do.
NOW: Final = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
# What a number says by itself, evenly from above 0 to 1: Knuth's multiplicative hash.
_EVEN: Final = (
    "((((({0}) %% 2147483648) * 2654435761 + 40503) %% 4294967296 + 1) / 4294967296.0::float8)"
)
_AUTHOR: Final = "(1 + (g - 1) %% %(people)s)::bigint"
_PEOPLE: Final = f"""
INSERT INTO accounts_person (id, public_id, handle, email, name, bio, region, gender, role, language,
                             theme, pseudonym, follower_count, following_count, is_active,
                             is_superuser, password, joined_at)
SELECT g, 'p' || lpad(g::text, 14, '0'), 'person' || g, '', '',
       CASE WHEN g %% 3 = 0 THEN 'Hi' ELSE '' END, (ARRAY['CN', 'DE', 'US', ''])[1 + g %% 4], '',
       'member', 'en', 'auto', md5('person' || g), least(60 / {_EVEN.format("g::bigint")}, 5000000)::int,
       g %% 500, true, false, '!', %(now)s - (g %% 1000) * interval '1 day'
FROM generate_series(1, %(people)s) g
"""  # noqa: S608 - fixed parts
_NOTES: Final = f"""
INSERT INTO notes_note (id, public_id, author_id, state, title, body, language, created_at, edited_at,
                        published_at, like_count, save_count, comment_count)
SELECT g, 'n' || lpad(g::text, 14, '0'), {_AUTHOR}, 'published', 'A note', '', 'en', at, at, at, 0, 0, 0
FROM (SELECT g, %(now)s - {_EVEN.format("g::bigint * 7919")} * interval '240 days' AS at
      FROM generate_series(1, %(notes)s) g) made
"""  # noqa: S608 - fixed parts
_READS: Final = f"""
INSERT INTO analytics_notereads (note_id, author_id, reads_raw, reads_valid, impressions, opens,
                                 watermark)
SELECT g, author, valid * 2, valid, valid * 10, valid, %(now)s
FROM (SELECT g, {_AUTHOR} AS author,
             least(15 / {_EVEN.format(_AUTHOR)} * power({_EVEN.format("g::bigint * 104729")}, -0.6),
                   5000000)::bigint AS valid
      FROM generate_series(1, %(notes)s) g) made
"""  # noqa: S608 - fixed parts
# What keeps rows right is left out, since these rows are right, and so is every index that no rule
# asks: making all of them would take longer than the whole bench.
_LEAVE_OUT: Final = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I CASCADE', conrelid::regclass, conname)
FROM pg_constraint
WHERE contype IN ('p', 'u', 'f')
  AND conrelid::regclass::text IN ('accounts_person', 'notes_note', 'analytics_notereads')
UNION ALL
SELECT format('DROP INDEX IF EXISTS %%I', indexname) FROM pg_indexes
WHERE tablename IN ('accounts_person', 'notes_note', 'analytics_notereads')
  AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
_MAKE: Final = (
    "ALTER TABLE notes_note ADD PRIMARY KEY (id)",
    "ALTER TABLE analytics_notereads ADD PRIMARY KEY (note_id)",
    "ALTER TABLE accounts_person ADD PRIMARY KEY (id)",
    "CREATE INDEX ON notes_note (author_id, published_at DESC) WHERE state = 'published'",
)


def main(words: list[str]) -> None:
    """Write the population into the database of this process."""
    people, notes_each = int(words[0]), int(words[1])
    import django

    django.setup()
    build(people=people, notes_each=notes_each)


def build(*, people: int, notes_each: int) -> None:
    """Write people, notes and reads, two statements at a time."""
    values = {"people": people, "notes": people * notes_each, "now": NOW}
    for statement in _ask(_LEAVE_OUT):
        _do(statement)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda statement: _do(statement, values), (_NOTES, _READS, _PEOPLE)))
        list(both.map(_do, _MAKE))
        tables = ("notes_note", "analytics_notereads", "accounts_person")
        list(both.map(lambda table: _do(f"VACUUM ANALYZE {table}"), tables))


def _ask(statement: str) -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, {})
        return [row[0] for row in cursor.fetchall()]


def _do(statement: str, values: dict[str, Any] | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(statement, values)


if __name__ == "__main__":
    main(sys.argv[1:])
