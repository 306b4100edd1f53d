"""Roles are given by operators only, and one operator always remains."""

import pytest
from django.contrib.auth.models import AnonymousUser

from meadow.accounts.errors import HandleTaken, LastOperator
from meadow.accounts.models import Person
from meadow.accounts.permissions import (
    is_moderator,
    is_operator,
    require_moderator,
    require_operator,
    require_person,
)
from meadow.accounts.services import assign_role, create_operator
from meadow.accounts.testing import WHEN, make_person
from meadow.core.errors import NotSignedIn, PermissionDenied
from meadow.core.testing import race

Role = Person.Role


def give(actor: Person, person: Person, role: str) -> None:
    assign_role(actor_id=actor.pk, person_id=person.pk, role=role)


def role_of(person: Person) -> str:
    return Person.objects.values_list("role", flat=True).get(pk=person.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MEMBER, Role.MODERATOR])
def test_only_an_operator_gives_roles(role: str) -> None:
    actor, person = make_person(role=role), make_person()

    with pytest.raises(PermissionDenied):
        give(actor, person, Role.OPERATOR)
    with pytest.raises(PermissionDenied):
        give(actor, actor, Role.OPERATOR)

    assert (role_of(actor), role_of(person)) == (role, Role.MEMBER)


@pytest.mark.django_db
def test_an_operator_makes_a_moderator() -> None:
    boss, person = make_person(role=Role.OPERATOR), make_person()

    give(boss, person, Role.MODERATOR)

    assert role_of(person) == Role.MODERATOR


@pytest.mark.django_db
def test_the_last_operator_stays() -> None:
    boss = make_person(role=Role.OPERATOR)
    make_person(role=Role.OPERATOR, is_active=False)

    with pytest.raises(LastOperator):
        give(boss, boss, Role.MEMBER)

    assert role_of(boss) == Role.OPERATOR


@pytest.mark.django_db(transaction=True)
def test_two_operators_who_demote_each_other_leave_one() -> None:
    pair = [make_person(role=Role.OPERATOR), make_person(role=Role.OPERATOR)]

    race(lambda number: give(pair[number], pair[1 - number], Role.MEMBER), runners=2)

    assert Person.objects.filter(role=Role.OPERATOR).count() == 1


@pytest.mark.django_db
def test_the_command_line_makes_an_operator_who_can_sign_in() -> None:
    boss = create_operator(
        handle="boss", email="Boss@Example.org", password="sunny-notebook-42", now=WHEN
    )

    boss.refresh_from_db()
    assert is_operator(boss)
    assert boss.check_password("sunny-notebook-42")
    assert boss.joined_at == WHEN


@pytest.mark.django_db
def test_a_handle_is_taken_whatever_its_case() -> None:
    make_person("Ann")

    with pytest.raises(HandleTaken):
        create_operator(handle="aNN", email="x@example.org", password="x", now=WHEN)

    assert Person.objects.count() == 1


def test_what_each_role_may() -> None:
    member, moderator, operator = (Person(role=role) for role in Role.values)

    assert [is_moderator(one) for one in (member, moderator, operator)] == [False, True, True]
    assert [is_operator(one) for one in (member, moderator, operator)] == [False, False, True]
    assert require_person(member) is member
    for check in (require_person, require_moderator, require_operator):
        with pytest.raises(NotSignedIn):
            check(AnonymousUser())
        with pytest.raises(NotSignedIn):
            check(Person(is_active=False, role=Role.OPERATOR))
    with pytest.raises(PermissionDenied):
        require_moderator(member)
    with pytest.raises(PermissionDenied):
        require_operator(moderator)
