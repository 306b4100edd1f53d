"""Access tokens: shown once, kept as a digest, good for their scopes until they end."""

import datetime as dt

import pytest

from meadow.accounts.errors import TokenInvalid, TokenMissing, TooManyTokens
from meadow.accounts.models import AccessToken, Person
from meadow.accounts.queries import list_tokens
from meadow.accounts.services import MOST_TOKENS, IssuedToken, issue_token, revoke_token, use_token
from meadow.accounts.testing import WHEN, make_person
from meadow.core.errors import InvalidInput

MINUTE = dt.timedelta(minutes=1)
WEEK = dt.timedelta(days=7)


def issue(person: Person, *scopes: str) -> IssuedToken:
    return issue_token(
        person_id=person.pk,
        name="script",
        scopes=scopes or ("profile:read",),
        expires_at=WHEN + WEEK,
        now=WHEN,
    )


@pytest.mark.django_db
def test_the_secret_is_not_kept() -> None:
    issued = issue(make_person())

    row = AccessToken.objects.get()
    assert issued.secret.startswith("mdw_")
    assert len(issued.secret) == 44
    assert issued.secret not in str(vars(row))


@pytest.mark.django_db
def test_a_token_speaks_for_its_person_with_its_scopes() -> None:
    ann = make_person()
    issued = issue(ann, "notes:read", "profile:read", "notes:read")

    holder = use_token(secret=issued.secret, now=WHEN)

    assert holder.person == ann
    assert holder.scopes == {"notes:read", "profile:read"}


@pytest.mark.django_db
def test_use_is_noted_at_most_once_a_minute() -> None:
    secret = issue(make_person()).secret

    use_token(secret=secret, now=WHEN)
    use_token(secret=secret, now=WHEN + MINUTE / 2)
    assert AccessToken.objects.get().last_used_at == WHEN

    use_token(secret=secret, now=WHEN + MINUTE)
    assert AccessToken.objects.get().last_used_at == WHEN + MINUTE


@pytest.mark.django_db
def test_an_expired_token_is_invalid() -> None:
    secret = issue(make_person()).secret

    use_token(secret=secret, now=WHEN + WEEK - MINUTE)
    with pytest.raises(TokenInvalid):
        use_token(secret=secret, now=WHEN + WEEK)


@pytest.mark.django_db
def test_a_revoked_token_is_invalid_at_once_and_not_listed() -> None:
    ann = make_person()
    issued = issue(ann)

    revoke_token(person_id=ann.pk, public_id=issued.public_id, now=WHEN)

    with pytest.raises(TokenInvalid):
        use_token(secret=issued.secret, now=WHEN)
    assert list_tokens(ann.pk, now=WHEN) == []


@pytest.mark.django_db
def test_nobody_revokes_another_s_token() -> None:
    ann, ben = make_person(), make_person()
    issued = issue(ann)

    with pytest.raises(TokenMissing):
        revoke_token(person_id=ben.pk, public_id=issued.public_id, now=WHEN)

    assert use_token(secret=issued.secret, now=WHEN).person == ann


@pytest.mark.django_db
def test_the_token_of_somebody_gone_is_invalid() -> None:
    ann = make_person()
    secret = issue(ann).secret
    Person.objects.update(is_active=False)

    with pytest.raises(TokenInvalid):
        use_token(secret=secret, now=WHEN)


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["", "mdw_", "mdw_x", "x" * 5000, "日本"])
def test_an_unknown_token_is_invalid(secret: str) -> None:
    with pytest.raises(TokenInvalid):
        use_token(secret=secret, now=WHEN)


@pytest.mark.django_db
@pytest.mark.parametrize("scopes", [(), ("root",), ("profile:read", "root")])
def test_an_unknown_scope_is_refused(scopes: tuple[str, ...]) -> None:
    ann = make_person()

    with pytest.raises(InvalidInput):
        issue_token(person_id=ann.pk, name="x", scopes=scopes, expires_at=WHEN + WEEK, now=WHEN)
    assert AccessToken.objects.count() == 0


@pytest.mark.django_db
def test_the_number_of_tokens_that_work_is_limited() -> None:
    ann = make_person()
    issued = [issue(ann) for _ in range(MOST_TOKENS)]

    with pytest.raises(TooManyTokens):
        issue(ann)
    revoke_token(person_id=ann.pk, public_id=issued[0].public_id, now=WHEN)
    issue(ann)

    assert len(list_tokens(ann.pk, now=WHEN)) == MOST_TOKENS
