"""What search reads beside its own tables, said once: which notes are for everybody, whom a block hides.

The index only finds: whether a note may be seen is asked of the notes themselves, at every reading.
"""

from typing import Final

from meadow.accounts.standing import shown
from meadow.notes.queries.access import listed, seen_by

# `n` is notes_note. What is shown to some only (followers) is never found: an answer may not hint at it.
LISTED_NOTE: Final = listed("n")
# And no block stands between its author and the viewer.
SHOWN_NOTE: Final = f"({LISTED_NOTE} AND {seen_by('%(viewer)s', 'n')})"
# `p` is accounts_person.
SHOWN_PERSON: Final = f"""({shown("p")} AND p.id <> ALL (ARRAY(
        SELECT blocked_id FROM accounts_block WHERE blocker_id = %(viewer)s
        UNION ALL
        SELECT blocker_id FROM accounts_block WHERE blocked_id = %(viewer)s)))"""  # noqa: S608 - fixed parts
