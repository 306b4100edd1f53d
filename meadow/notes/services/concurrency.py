"""Two windows on one note: the later one is asked before it writes over words it has not seen."""

from dataclasses import dataclass

from meadow.core.transactions import transaction_required
from meadow.notes.errors import WordsChanged
from meadow.notes.models import Note
from meadow.notes.text import mark_words


@dataclass(frozen=True)
class Editor:
    """An open editor: `window` names it, `base` marks the words it last knew to be kept."""

    window: str
    base: str


@transaction_required
def check_editor(note: Note, editor: Editor | None, *, title: str, body: str) -> None:
    """Refuse words of an editor that has not seen what another one wrote since.

    Who writes the same words, or wrote last, is not asked. A caller without an editor (the API)
    decides for itself. Raises WordsChanged; otherwise `note.written_in` is set, not saved.
    """
    if editor is None:
        note.written_in = ""
        return
    seen = editor.base == mark_words(title=note.title, body=note.body)
    own = bool(editor.window) and note.written_in == editor.window
    if not (seen or own or (note.title, note.body) == (title, body)):
        raise WordsChanged
    note.written_in = editor.window
