"""Who looks at a decision, and so what they may open."""

from dataclasses import dataclass

from django.http import HttpRequest

from meadow.accounts.permissions import is_moderator, is_operator, require_person


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody signed in: decisions about them, and by role those of others."""

    person_id: int
    is_moderator: bool = False
    is_operator: bool = False


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who looks. Raises NotSignedIn."""
    person = require_person(request.user)
    return Viewer(
        person_id=person.pk, is_moderator=is_moderator(person), is_operator=is_operator(person)
    )
