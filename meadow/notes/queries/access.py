"""Who may see a published note: one rule, as SQL for joins and as a condition for querysets.

| the note is | signed out | signed in | follower | author |
|---|---|---|---|---|
| public | sees | sees | sees | sees |
| for followers | - | - | sees | sees |
| for the author only | - | - | - | sees |
| hidden by moderation, or its author is | - | - | - | sees |

A block, whoever made it, closes the first two rows between two people. Drafts and scheduled notes
are their author's and are asked for where they are edited; a deleted note is nobody's to see. Whether
the author's account is active is for the statement to say that joins the author.
"""

from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler

from meadow.accounts.standing import author_is_shown
from meadow.notes.models import Note

_COLUMNS: Final = ("state", "visibility", "hidden_at", "author_id")
_KEPT_FROM_NOBODY: Final = f"({{hidden_at}} IS NULL AND {author_is_shown('{author_id}')})"
_LISTED: Final = (
    "({state} = 'published' AND {visibility} = 'public'"  # everybody
    f" AND {_KEPT_FROM_NOBODY})"
)
_FOLLOWS: Final = (
    "EXISTS (SELECT 1 FROM accounts_follow seen_f"
    " WHERE seen_f.follower_id = {viewer} AND seen_f.followed_id = {author_id})"
)
_SHOWN: Final = (
    f"({{state}} = 'published' AND ({{author_id}} = {{viewer}} OR {_KEPT_FROM_NOBODY}"
    f" AND ({{visibility}} = 'public' OR {{visibility}} = 'followers' AND {_FOLLOWS})))"
)
_UNBLOCKED: Final = (
    "({author_id} <> ALL (ARRAY("
    "SELECT seen_b.blocked_id FROM accounts_block seen_b WHERE seen_b.blocker_id = {viewer}"
    " UNION ALL "
    "SELECT seen_b.blocker_id FROM accounts_block seen_b WHERE seen_b.blocked_id = {viewer})))"
)
_SEEN: Final = f"({_SHOWN} AND {_UNBLOCKED})"


def listed(note: str = "n") -> str:
    """Return SQL: everybody may see the note whose table goes by this name."""
    return _LISTED.format_map(_named(note))


def seen_by(viewer: str, note: str = "n") -> str:
    """Return SQL: the person whose id `viewer` stands for may see the note.

    `viewer` is SQL that occurs several times: a named parameter (`%(viewer)s`) or a sub-select of
    one row; nobody's id is 0, so 0 stands for somebody signed out.
    """
    return _SEEN.format_map({**_named(note), "viewer": viewer})


def is_listed(through: str = "") -> Q:
    """Return the condition that everybody may see a note; `through` leads to it (`note__`)."""
    return Q(
        **{
            f"{through}state": Note.State.PUBLISHED,
            f"{through}visibility": Note.Visibility.PUBLIC,
            f"{through}hidden_at__isnull": True,
            f"{through}author__hidden_at__isnull": True,
        }
    )


def is_seen_by(viewer_id: int | None, through: str = "", *, blocks: bool = True) -> Q:
    """Return the condition that this person (None: signed out) may see a note.

    Without `blocks` the answer is that of two people between whom no block stands, for refusals
    that name the block. It states the state twice, so that indexes of published notes apply.
    """
    if viewer_id is None:
        return is_listed(through)
    return Q(
        _Seen(viewer_id, through, template=_SEEN if blocks else _SHOWN),
        **{f"{through}state": Note.State.PUBLISHED},
    )


def find_seen(*, public_id: str, viewer_id: int | None) -> tuple[int, int] | None:
    """Return the ids of a published note and its author if this viewer may see it, or None."""
    return (
        Note.objects.filter(is_seen_by(viewer_id), public_id=public_id, author__is_active=True)
        .values_list("pk", "author_id")
        .first()
    )


def can_see(*, note_id: int, viewer_id: int | None, blocks: bool = True) -> bool:
    """Whether this viewer (None: signed out) may see a published note; `blocks` as in is_seen_by."""
    seen = is_seen_by(viewer_id, blocks=blocks)
    return Note.objects.filter(seen, pk=note_id, author__is_active=True).exists()


class _Seen(Func):
    """The SQL of the rule over columns of whatever query it stands in."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, viewer_id: int, through: str, *, template: str) -> None:
        columns: list[Combinable] = [F(f"{through}{name}") for name in _COLUMNS]
        super().__init__(*columns)
        self.viewer_id, self.rule = viewer_id, template

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, tuple[str | int, ...]]:
        """Return the rule with its columns in place, and the viewer once for each time it asks."""
        names = {
            name: compiler.compile(column)[0]
            for name, column in zip(_COLUMNS, self.get_source_expressions(), strict=True)
        }
        times = self.rule.count("{viewer}")
        return self.rule.format_map({**names, "viewer": "%s"}), (self.viewer_id,) * times


def _named(note: str) -> dict[str, str]:
    return {name: f"{note}.{name}" for name in _COLUMNS}
