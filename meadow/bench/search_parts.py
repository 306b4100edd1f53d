"""Parts of the search bench, each a program: `search_parts.py PART NOTES FOLDER`, JSON on the last line."""

import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from meadow.bench.search_world import AUTHORS, beginnings, chunks, plants, questions

# A day of its own, so that what was built stays right.
NOW: Final = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
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
                 published_at, like_count, save_count, comment_count, kind) FROM STDIN
"""
# Of no use to search, and a third of the time it takes to fill the table.
_LEAVE_OUT: Final = """
SELECT format('ALTER TABLE notes_note DROP CONSTRAINT IF EXISTS %I CASCADE', conname) FROM pg_constraint
WHERE contype IN ('u', 'f') AND conrelid = 'notes_note'::regclass
UNION ALL
SELECT format('DROP INDEX IF EXISTS %I', indexname) FROM pg_indexes
WHERE tablename = 'notes_note' AND indexname <> 'notes_note_pkey'
"""


def world(notes: int, folder: Path) -> dict[str, Any]:
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
                    chunk["video"].tolist(),
                    strict=True,
                )
                for note_id, author, title, body, age, likes, video in columns:
                    at = NOW - dt.timedelta(days=age)
                    key = f"n{note_id:014d}"
                    said = (note_id, key, author, "published", title, body, "", at, at, at)
                    kind = "video" if video else "photo"
                    copy.write_row((*said, likes, likes // 3, likes // 5, kind))
        cursor.execute("ANALYZE notes_note, accounts_person")
    return {"notes": notes}


def index(notes: int, folder: Path) -> dict[str, Any]:
    """Make the index as `meadow search rebuild` does."""
    from django.db import connection

    from meadow.search.services.rebuild import rebuild

    began = time.perf_counter()
    found = rebuild(now=NOW)
    seconds = time.perf_counter() - began
    # As it stands after a while: what autovacuum does by itself.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM notes_note, search_indexednote, search_term")
    return {"notes": found, "seconds": seconds}


def ours(notes: int, folder: Path, *, again: bool = False) -> dict[str, Any]:
    """Ask ours: the page of 20 that a reader may see, ranked, with its access check."""
    from meadow.search.asking import Filters
    from meadow.search.queries.suggestions import Suggestion, suggest
    from meadow.search.searching import search_notes

    def ask(text: str, filters: Filters = Filters()) -> list[int]:  # noqa: B008 - frozen
        found = search_notes(text, filters=filters, viewer_id=AUTHORS, now=NOW)
        return found.notes.note_ids

    def offer(text: str) -> list[Suggestion]:
        return suggest(text=text, viewer_id=AUTHORS)

    narrowed = (
        Filters(sort="newest"),
        Filters(time="week"),
        Filters(kind="video"),
        Filters(kind="photo", time="month"),
    )
    classes = questions(notes)
    filtered = [(text, narrowed[at % 4]) for at, text in enumerate(classes["one typical word"])]
    more = {
        "with a filter": lambda: [_timed(ask, *one) for one in filtered],
        "suggestions": lambda: [_timed(offer, text) for text in beginnings()],
    }
    found = _measure(ask, notes, more)
    return found if again else found | {"recall": _recall(ask, notes)}


def peer_index(notes: int, folder: Path) -> dict[str, Any]:
    """Make tantivy's index of the same words."""
    import tantivy

    from meadow.search.text import cut

    began = time.perf_counter()
    folder.mkdir(exist_ok=True)
    schema = _peer_schema()
    place = tantivy.Index(schema, path=str(folder))
    writer = place.writer(heap_size=256_000_000, num_threads=1)
    for chunk in chunks(notes):
        for note_id, title, body in zip(
            chunk["id"].tolist(), chunk["title"], chunk["body"], strict=True
        ):
            said = {"title": " ".join(cut(title)), "body": " ".join(cut(body)), "id": note_id}
            writer.add_document(tantivy.Document.from_dict(said, schema))
    writer.commit()
    writer.wait_merging_threads()
    return {"seconds": time.perf_counter() - began}


def peer(notes: int, folder: Path) -> dict[str, Any]:
    """Ask tantivy in this process: the same words, all of them, best 20; no access, no quality."""
    import tantivy

    from meadow.search.text import cut_whole, is_han, slips_allowed, split_runs

    schema = _peer_schema()
    place = tantivy.Index(schema, path=str(folder))
    place.reload()
    searcher = place.searcher()

    def words_of(text: str) -> list[str]:
        runs = split_runs(text)
        return [word for run, han in runs for word in (cut_whole(run) if han else [run])]

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
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, word_query(word)) for word in words_of(text)]
        )
        hits = searcher.search(query, TOP, count=False).hits
        return [searcher.doc(address)["id"][0] for _, address in hits]

    # A word that stands somewhere is asked for as it is; only others cost it a fuzzy search.
    asked = questions(notes)
    del asked["mis-typed"]
    known = {word for texts in asked.values() for text in texts for word in words_of(text)}
    known |= {word for plant in plants(notes) for word in plant.words}
    return _measure(ask, notes, {}) | {"recall": _recall(ask, notes)}


def _peer_schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True)
    builder.add_text_field("title", tokenizer_name="whitespace")
    builder.add_text_field("body", tokenizer_name="whitespace")
    return builder.build()


def _measure(
    ask: Callable[[str], list[int]], notes: int, more: dict[str, Callable[[], list[float]]]
) -> dict[str, Any]:
    """Return times in ms by class, and the share of questions that found anything.

    Every question is asked once before it counts, as the popular ones of a community have been.
    """
    times: dict[str, list[float]] = {}
    found: list[bool] = []
    for name, texts in questions(notes).items():
        found += [bool(ask(text)) for text in texts]
        times[name] = [_timed(ask, text) for text in texts]
    for name, run in more.items():
        run()
        times[name] = run()
    return {"times": times, "answered": sum(found) / len(found)}


def _timed(ask: Callable[..., Any], *asked: Any) -> float:
    began = time.perf_counter()
    ask(*asked)
    return (time.perf_counter() - began) * 1000


def _recall(ask: Callable[[str], list[int]], notes: int) -> dict[str, float]:
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
    parts: dict[str, Callable[[int, Path], dict[str, Any]]] = {
        "world": world,
        "index": index,
        "ours": ours,
        "ours_again": partial(ours, again=True),
        "peer": peer,
        "peer_index": peer_index,
    }
    print(json.dumps(parts[words[0]](int(words[1]), Path(words[2]))))


if __name__ == "__main__":
    main(sys.argv[1:])
