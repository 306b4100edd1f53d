"""Reads of people and what is between them: plain frozen records."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q

from meadow.accounts.errors import PersonMissing
from meadow.accounts.models import AccessToken, Block, Follow, Person
from meadow.accounts.regions import region_name
from meadow.accounts.standing import is_shown_to
from meadow.core.database import fetch_prepared
from meadow.core.pagination import InvalidCursor, Page, decode_cursor, encode_cursor
from meadow.media.queries import Picture, get_pictures

PAGE_SIZE = 24


@dataclass(frozen=True)
class PersonCard:
    """A person as a line, card or byline shows them; flags are seen from the viewer."""

    id: int
    public_id: str
    handle: str
    name: str
    avatar: Picture | None
    is_following: bool = False
    follows_me: bool = False
    is_me: bool = False

    @property
    def shown_name(self) -> str:
        """The name, or the handle of somebody who gave none."""
        return self.name or self.handle


@dataclass(frozen=True)
class Profile:
    """A person's page; optional facts that they did not tell are empty."""

    card: PersonCard
    bio: str
    region: str
    region_name: str
    follower_count: int
    following_count: int
    joined_at: dt.datetime | None
    role: str
    is_blocked: bool
    is_hidden: bool = False


@dataclass(frozen=True)
class OwnProfile:
    """Everything a person told about themselves, for their own eyes."""

    card: PersonCard
    email: str
    bio: str
    region: str
    birth_year: int | None
    gender: str
    language: str
    theme: str
    role: str
    follower_count: int
    following_count: int
    joined_at: dt.datetime | None
    avatar_upload_id: int | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What gates look at beside figures: who somebody is, where, and whether they keep order."""

    id: int
    public_id: str
    region: str
    role: str

    @property
    def is_staff(self) -> bool:
        """Whether they moderate or run the installation."""
        return self.role in (Person.Role.MODERATOR, Person.Role.OPERATOR)


@dataclass(frozen=True)
class TokenRecord:
    """An access token without its secret."""

    public_id: str
    name: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None


@dataclass(frozen=True)
class Mailbox:
    """A confirmed address, and the language its owner reads; empty when they never chose one."""

    address: str
    language: str


def get_people(ids: Iterable[int], viewer_id: int | None = None) -> dict[int, PersonCard]:
    """Return the cards of active people by id, in two or three queries; others are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    people = Person.objects.filter(pk__in=wanted, is_active=True)
    return {card.id: card for card in _cards(people.values_list(*_CARD_FIELDS), viewer_id)}


def get_facts(ids: Collection[int]) -> dict[int, PersonFacts]:
    """Return what gates look at, of active people by id, in one query; others are left out."""
    statement = (
        "SELECT id, public_id, region, role FROM accounts_person WHERE id = ANY(%s) AND is_active"
    )
    return {row[0]: PersonFacts(*row) for row in fetch_prepared(statement, [list(ids)])}


def get_birth_years(ids: Collection[int]) -> dict[int, int]:
    """Return the year of birth of those active people who told it, by id."""
    told = Person.objects.filter(pk__in=ids, is_active=True, birth_year__isnull=False)
    return {pk: year for pk, year in told.values_list("pk", "birth_year") if year is not None}


def find_person_id(public_id: str) -> int | None:
    """Return the id of an active person by public id, or None."""
    found = Person.objects.filter(public_id=public_id, is_active=True)
    return found.values_list("pk", flat=True).first()


def get_pseudonym(person_id: int) -> str:
    """Return the pseudonym by which facts know a person now; empty for one who is gone."""
    found = Person.objects.filter(pk=person_id).values_list("pseudonym", flat=True).first()
    return found or ""


def get_mailboxes(person_ids: Collection[int]) -> dict[int, Mailbox]:
    """Return where active people get mail, by id; whoever confirmed no address is left out."""
    rows = EmailAddress.objects.filter(
        user_id__in=person_ids, user__is_active=True, verified=True, primary=True
    ).values_list("user_id", "email", "user__language")
    return {pk: Mailbox(address=address, language=language) for pk, address, language in rows}


def list_operators() -> list[PersonCard]:
    """Return who runs the installation, by handle."""
    operators = Person.objects.filter(role=Person.Role.OPERATOR, is_active=True)
    return _cards(operators.order_by("handle").values_list(*_CARD_FIELDS), None)


def count_operators() -> int:
    """Return how many people run the installation; 0 when it is new."""
    return Person.objects.filter(role=Person.Role.OPERATOR, is_active=True).count()


def get_person_by_handle(
    handle: str, viewer_id: int | None = None, *, hidden_too: bool = False
) -> PersonCard:
    """Return the card of the person with this handle, whatever its case. Raises PersonMissing.

    To somebody they have blocked, a person is missing; whom those who keep order hide, to everybody
    but themselves, unless `hidden_too`.
    """
    person = Person.objects.filter(handle__lower=handle.lower(), is_active=True)
    if not hidden_too:
        person = person.filter(is_shown_to(viewer_id))
    if viewer_id is not None:
        person = person.exclude(
            Exists(Block.objects.filter(blocker=OuterRef("pk"), blocked_id=viewer_id))
        )
    cards = _cards(person.values_list(*_CARD_FIELDS), viewer_id)
    if not cards:
        raise PersonMissing
    return cards[0]


def get_profile(handle: str, *, viewer_id: int | None, hidden_too: bool = False) -> Profile:
    """Return a person's page as the viewer may see it. Raises PersonMissing."""
    card = get_person_by_handle(handle, viewer_id, hidden_too=hidden_too)
    person = Person.objects.get(pk=card.id)
    blocked = (
        viewer_id is not None
        and Block.objects.filter(blocker_id=viewer_id, blocked_id=card.id).exists()
    )
    return Profile(
        card=card,
        bio=person.bio,
        region=person.region,
        region_name=region_name(person.region),
        follower_count=person.follower_count,
        following_count=person.following_count,
        joined_at=person.joined_at,
        role=person.role,
        is_blocked=blocked,
        is_hidden=person.hidden_at is not None,
    )


def get_own_profile(person_id: int) -> OwnProfile:
    """Return what a person told about themselves. Raises PersonMissing."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise PersonMissing
    return OwnProfile(
        card=get_people([person_id], person_id)[person_id],
        email=person.email,
        bio=person.bio,
        region=person.region,
        birth_year=person.birth_year,
        gender=person.gender,
        language=person.language,
        theme=person.theme,
        role=person.role,
        follower_count=person.follower_count,
        following_count=person.following_count,
        joined_at=person.joined_at,
        avatar_upload_id=person.avatar_id,
    )


def find_by_handles(handles: Collection[str], *, viewer_id: int | None = None) -> dict[str, int]:
    """Return person ids by handle in lower case; unknown, blocking and hidden people are left out."""
    wanted = {handle.lower() for handle in handles if handle.isascii()}
    if not wanted:
        return {}
    # The unique index is on lower(handle).
    found = Person.objects.filter(is_shown_to(viewer_id), handle__lower__in=wanted)
    ids = {handle.lower(): pk for pk, handle in found.values_list("pk", "handle")}
    hidden = blocked_ids(viewer_id) if viewer_id is not None else set()
    return {handle: pk for handle, pk in ids.items() if pk not in hidden}


def blocked_ids(person_id: int) -> set[int]:
    """Return everyone a block stands between, whoever made it."""
    pairs = Block.objects.filter(Q(blocker_id=person_id) | Q(blocked_id=person_id)).values_list(
        "blocker_id", "blocked_id"
    )
    return {blocked if blocker == person_id else blocker for blocker, blocked in pairs}


def is_blocked_between(person_id: int, other_id: int) -> bool:
    """Whether a block stands between two people, whoever made it."""
    return Block.objects.filter(
        Q(blocker_id=person_id, blocked_id=other_id) | Q(blocker_id=other_id, blocked_id=person_id)
    ).exists()


def is_tied(person_id: int, other_id: int) -> bool:
    """Whether one of two people follows the other."""
    return Follow.objects.filter(
        Q(follower_id=person_id, followed_id=other_id)
        | Q(follower_id=other_id, followed_id=person_id)
    ).exists()


def list_moderators() -> dict[int, str]:
    """Return the public ids of the active people who keep order, operators too, by id."""
    keepers = Person.objects.filter(role__in=["moderator", "operator"], is_active=True).order_by(
        "pk"
    )
    return dict(keepers.values_list("pk", "public_id"))


def following_ids(person_id: int) -> set[int]:
    """Return whom a person follows."""
    return set(Follow.objects.filter(follower_id=person_id).values_list("followed_id", flat=True))


def list_followers(
    person_id: int, *, viewer_id: int | None, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[PersonCard]:
    """Return one page of who follows a person, newest first. Raises InvalidCursor."""
    return _follow_page("followed_id", "follower_id", person_id, viewer_id, cursor, size)


def list_following(
    person_id: int, *, viewer_id: int | None, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[PersonCard]:
    """Return one page of whom a person follows, newest first. Raises InvalidCursor."""
    return _follow_page("follower_id", "followed_id", person_id, viewer_id, cursor, size)


def list_blocked(person_id: int) -> list[PersonCard]:
    """Return whom a person has blocked, newest first."""
    ids = list(
        Block.objects.filter(blocker_id=person_id)
        .order_by("-created_at", "-pk")
        .values_list("blocked_id", flat=True)
    )
    people = get_people(ids, person_id)
    return [people[pk] for pk in ids if pk in people]


def list_tokens(person_id: int, *, now: dt.datetime) -> list[TokenRecord]:
    """Return a person's tokens that work at `now`, newest first."""
    tokens = AccessToken.objects.filter(
        person_id=person_id, revoked_at__isnull=True, expires_at__gt=now
    ).order_by("-created_at", "-pk")
    return [
        TokenRecord(
            public_id=token.public_id,
            name=token.name,
            scopes=list(token.scopes),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
        )
        for token in tokens
    ]


_CARD_FIELDS = ("pk", "public_id", "handle", "name", "avatar_id")
_CardRow = tuple[int, str, str, str, int | None]


def _cards(rows: Iterable[_CardRow], viewer_id: int | None) -> list[PersonCard]:
    rows = list(rows)
    pictures = get_pictures([row[4] for row in rows if row[4] is not None])
    following, followers = _ties([row[0] for row in rows], viewer_id)
    return [
        PersonCard(
            id=pk,
            public_id=public_id,
            handle=handle,
            name=name,
            avatar=pictures.get(avatar_id) if avatar_id is not None else None,
            is_following=pk in following,
            follows_me=pk in followers,
            is_me=pk == viewer_id,
        )
        for pk, public_id, handle, name, avatar_id in rows
    ]


def _ties(ids: Sequence[int], viewer_id: int | None) -> tuple[set[int], set[int]]:
    """Return whom of `ids` the viewer follows, and who of them follows the viewer."""
    if viewer_id is None or not ids:
        return set(), set()
    pairs = Follow.objects.filter(
        Q(follower_id=viewer_id, followed_id__in=ids)
        | Q(followed_id=viewer_id, follower_id__in=ids)
    ).values_list("follower_id", "followed_id")
    following = {followed for follower, followed in pairs if follower == viewer_id}
    followers = {follower for follower, followed in pairs if followed == viewer_id}
    return following, followers


def _follow_page(
    fixed: str,
    listed: str,
    person_id: int,
    viewer_id: int | None,
    cursor: str | None,
    size: int,
) -> Page[PersonCard]:
    follows = Follow.objects.filter(**{fixed: person_id})
    if cursor is not None:
        before = decode_cursor(cursor).get("before")
        if not isinstance(before, int):
            raise InvalidCursor
        follows = follows.filter(pk__lt=before)
    rows = list(follows.order_by("-pk").values_list("pk", listed)[: size + 1])
    people = get_people([row[1] for row in rows[:size]], viewer_id)
    hidden = blocked_ids(viewer_id) if viewer_id is not None else set()
    hidden |= hidden_ids(people, viewer_id)
    more = len(rows) > size
    return Page(
        items=[people[pk] for _, pk in rows[:size] if pk in people and pk not in hidden],
        next_cursor=encode_cursor({"before": rows[size - 1][0]}) if more else None,
    )


def hidden_ids(ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which of these people are kept from a viewer's sight by those who keep order."""
    hidden = Person.objects.filter(pk__in=ids, hidden_at__isnull=False)
    return set(hidden.values_list("pk", flat=True)) - {viewer_id}


def visible_avatars(upload_ids: Collection[int], viewer_id: int | None) -> set[int]:
    """Return which uploads may be seen: pictures of people whom the viewer may see.

    Those who keep order see the pictures of whom they hid.
    """
    people = Person.objects.filter(avatar_id__in=upload_ids, is_active=True)
    rows = list(people.values_list("pk", "avatar_id", "hidden_at"))
    kept = {row[1] for row in rows if row[2] is not None and row[0] != viewer_id}
    if kept and viewer_id is not None:
        facts = get_facts([viewer_id]).get(viewer_id)
        kept = set() if facts is not None and facts.is_staff else kept
    return {row[1] for row in rows if row[1] is not None} - kept
