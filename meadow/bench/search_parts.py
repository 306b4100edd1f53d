"""Parts of the search bench, each a program: `search_parts.py PART NOTES`, JSON on the last line."""

import datetime as dt
import json
import sys
import tempfile
import time
from typing import Any, Final

from meadow.bench.search_world import AUTHORS, chunks, plants, questions
from meadow.core import clock

NOW: Final = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
QUESTIONS: Final = 400
WARM_UP: Final = 40
TOP: Final = 20
_PEOPLE: Final = """
INSERT INTO accounts_person (id, public_id, handle, email, name, bio, region, gender, role, language,
                             theme, pseudonym, follower_count, following_count, is_active,
                             is_superuser, password, joined_at)
SELECT g, 'p' || lpad(g::text, 14, '0'), 'person' || g, '', '', '', '', '', 'member', 'en', 'auto',
       md5('person' || g), 0, 0, true, false, '!', %s
FROM generate_series(1, %s) g
"""
_COPY: Final = """
COPY notes_note (id, public_id, author_id, state, title, body, language, created_at, edited_at,
                 published_at, like_count, save_count, comment_count) FROM STDIN
"""
# Of no use to search, and a third of the time it takes to fill the table.
_LEAVE_OUT: Final = """
SELECT format('ALTER TABLE notes_note DROP CONSTRAINT IF EXISTS %I CASCADE', conname) FROM pg_constraint
WHERE contype IN ('u', 'f') AND conrelid = 'notes_note'::regclass
UNION ALL
SELECT format('DROP INDEX IF EXISTS %I', indexname) FROM pg_indexes
WHERE tablename = 'notes_note' AND indexname <> 'notes_note_pkey'
"""


def world(notes: int) -> dict[str, Any]:
    """Write people and notes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_LEAVE_OUT)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(_PEOPLE, [NOW, AUTHORS])
        with cursor.copy(_COPY) as copy:
            for chunk in chunks(notes):
                columns = zip(
                    chunk["id"].tolist(),
                    chunk["author"].tolist(),
                    chunk["title"],
                    chunk["body"],
                    chunk["age"].tolist(),
                    chunk["likes"].tolist(),
                    strict=True,
                )
                for note_id, author, title, body, age, likes in columns:
                    at = NOW - dt.timedelta(days=age)
                    key = f"n{note_id:014d}"
                    said = (note_id, key, author, "published", title, body, "", at, at, at)
                    copy.write_row((*said, likes, likes // 3, likes // 5))
        cursor.execute("ANALYZE notes_note, accounts_person")
    return {"notes": notes}


def index(notes: int) -> dict[str, Any]:
    """Make the index as `meadow search rebuild` does."""
    from meadow.search.services.rebuild import rebuild

    began = time.perf_counter()
    found = rebuild(now=NOW)
    return {"notes": found, "seconds": time.perf_counter() - began}


def ours(notes: int) -> dict[str, Any]:
    """Ask ours: the page of 20 that a reader may see, ranked, with its access check."""
    from meadow.search.asking import Filters
    from meadow.search.searching import search_notes

    def ask(text: str) -> list[int]:
        found = search_notes(text, filters=Filters(), viewer_id=AUTHORS, now=NOW)
        return found.notes.note_ids

    return _measure(ask, notes)


def peer(notes: int) -> dict[str, Any]:
    """Ask tantivy in this process: the same words, all of them, best 20; no access, no quality."""
    import tantivy

    from meadow.search.text import cut, cut_whole, is_han, slips_allowed, split_runs

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True)
    builder.add_text_field("title", tokenizer_name="whitespace")
    builder.add_text_field("body", tokenizer_name="whitespace")
    schema = builder.build()
    with tempfile.TemporaryDirectory(prefix="meadow-tantivy-") as folder:
        place = tantivy.Index(schema, path=folder)
        began = time.perf_counter()
        writer = place.writer(heap_size=256_000_000, num_threads=2)
        for chunk in chunks(notes):
            for note_id, title, body in zip(
                chunk["id"].tolist(), chunk["title"], chunk["body"], strict=True
            ):
                said = {"title": " ".join(cut(title)), "body": " ".join(cut(body)), "id": note_id}
                writer.add_document(tantivy.Document.from_dict(said, schema))
        writer.commit()
        writer.wait_merging_threads()
        place.reload()
        seconds = time.perf_counter() - began
        searcher = place.searcher()

        def word_query(word: str) -> Any:
            near = slips_allowed(word) if not is_han(word) else 0
            return tantivy.Query.boolean_query(
                [
                    (
                        tantivy.Occur.Should,
                        tantivy.Query.fuzzy_term_query(schema, field, word, near, True)
                        if near and word not in known
                        else tantivy.Query.term_query(schema, field, word),
                    )
                    for field in ("title", "body")
                ]
            )

        def ask(text: str) -> list[int]:
            words = [
                word for run, han in split_runs(text) for word in (cut_whole(run) if han else [run])
            ]
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, word_query(word)) for word in words]
            )
            hits = searcher.search(query, TOP, count=False).hits
            return [searcher.doc(address)["id"][0] for _, address in hits]

        # A word that stands somewhere is asked for as it is; only others cost it a fuzzy search.
        known = {
            word
            for text in questions(QUESTIONS)
            for run, han in split_runs(text)
            for word in (cut_whole(run) if han else [run])
        } | {word for plant in plants(notes) for word in plant.words}
        return _measure(ask, notes) | {"build_seconds": seconds}


def _measure(ask: Any, notes: int) -> dict[str, Any]:
    asked = questions(QUESTIONS + WARM_UP)
    for text in asked[QUESTIONS:]:
        ask(text)
    times, found = [], 0
    for text in asked[:QUESTIONS]:
        began = time.perf_counter()
        found += bool(ask(text))
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {
        "p50": times[len(times) // 2],
        "p95": times[int(len(times) * 0.95)],
        "worst": times[-1],
        "answered": found / len(times),
        "recall": _recall(ask, notes),
    }


def _recall(ask: Any, notes: int) -> dict[str, float]:
    """Return the share of planted notes among the first 20: as written, and with a slip."""
    hits: dict[str, list[bool]] = {}
    for plant in plants(notes):
        language, glue = ("zh", "") if plant.chinese else ("en", " ")
        for kind, word in (("exact", plant.words[1]), ("slip", plant.slip)):
            text = glue.join((plant.words[0], word))
            hits.setdefault(f"{kind}_{language}", []).append(plant.note_id in ask(text))
    return {kind: sum(found) / len(found) for kind, found in hits.items()}


def main(words: list[str]) -> None:
    """Run one part."""
    import django

    django.setup()
    parts = {"world": world, "index": index, "ours": ours, "peer": peer}
    print(json.dumps(parts[words[0]](int(words[1]))))


if __name__ == "__main__":
    main(sys.argv[1:])
