"""People as what can be reported: their handle, name and words about themselves."""

from meadow.accounts.errors import PersonMissing
from meadow.accounts.queries import find_person_id, get_people, get_profile
from meadow.integrity.moderation.subjects import Owner, SubjectView


def look_at_person(public_id: str) -> SubjectView | None:
    """Return a person as something reported; reach is how many follow them."""
    person_id = find_person_id(public_id)
    if person_id is None:
        return None
    card = get_people([person_id])[person_id]
    profile = get_profile(card.handle, viewer_id=None)
    return SubjectView(
        kind="person",
        public_id=public_id,
        author_id=person_id,
        title=f"{card.shown_name} (@{card.handle})",
        body=profile.bio,
        url=f"/@{card.handle}",
        reach=profile.follower_count,
        written_at=profile.joined_at,
        pictures=[card.avatar] if card.avatar and card.avatar.is_ready else [],
    )


def may_see_person(public_id: str, viewer_id: int) -> bool:
    """Whether a person's page is there for a viewer: also one whom they blocked themselves."""
    person_id = find_person_id(public_id)
    if person_id is None:
        return False
    card = get_people([person_id]).get(person_id)
    if card is None:
        return False
    try:
        get_profile(card.handle, viewer_id=viewer_id)
    except PersonMissing:
        return False
    return True


PEOPLE = Owner(look=look_at_person, may_see=may_see_person)
