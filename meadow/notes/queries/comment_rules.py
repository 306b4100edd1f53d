"""Who may write under a note, and the words that its author keeps out."""

import re
import unicodedata
from dataclasses import dataclass

from meadow.accounts import queries as people
from meadow.notes.errors import NoteMissing
from meadow.notes.models import CommentWord, Note
from meadow.notes.queries.access import find_seen

_WORD = "[0-9a-z_]"


@dataclass(frozen=True)
class CommentRules:
    """Whom a note's author lets write under it, and whether that is the viewer."""

    comments_from: str
    is_own: bool
    may_comment: bool


def get_comment_rules(*, note_public_id: str, viewer_id: int | None) -> CommentRules:
    """Return who may write under a note that the viewer may see. Raises NoteMissing."""
    seen = find_seen(public_id=note_public_id, viewer_id=viewer_id)
    if seen is None:
        raise NoteMissing
    return read_comment_rules(note_id=seen[0], author_id=seen[1], viewer_id=viewer_id)


def read_comment_rules(*, note_id: int, author_id: int, viewer_id: int | None) -> CommentRules:
    """Return who may write under a note, for somebody who is known to see it."""
    whom = Note.objects.values_list("comments_from", flat=True).get(pk=note_id)
    own = viewer_id == author_id
    return CommentRules(
        comments_from=whom,
        is_own=own,
        may_comment=viewer_id is not None
        and (
            own
            or whom == Note.CommentsFrom.EVERYONE
            or (whom == Note.CommentsFrom.KNOWN and is_known_to(author_id, viewer_id))
        ),
    )


def is_known_to(author_id: int, person_id: int) -> bool:
    """Whether one of two people follows the other."""
    return people.is_tied(author_id, person_id)


def list_kept_out_words(person_id: int) -> list[str]:
    """Return the words that somebody keeps out from under their notes, as they wrote them."""
    words = CommentWord.objects.filter(person_id=person_id).order_by("form")
    return list(words.values_list("word", flat=True))


def holds_kept_out_word(author_id: int, text: str) -> bool:
    """Whether `text` holds a word that this author keeps out."""
    forms = list(CommentWord.objects.filter(person_id=author_id).values_list("form", flat=True))
    return bool(forms) and find_word(forms, text)


def find_word(forms: list[str], text: str) -> bool:
    """Whether one of `forms` (of `form_of`) stands in `text`.

    Latin letters and digits are whole words ("ass" is not in "class"); other scripts write without
    spaces and are found anywhere.
    """
    found = re.compile("|".join(_pattern(form) for form in forms))
    return bool(found.search(form_of(text)))


def form_of(text: str) -> str:
    """Return the form in which words are compared: compatible characters, case and spaces are one."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain.split())


def _pattern(form: str) -> str:
    before = rf"(?<!{_WORD})" if re.match(_WORD, form) else ""
    after = rf"(?!{_WORD})" if re.match(_WORD, form[-1]) else ""
    return before + re.escape(form) + after
