"""People, who follows and blocks whom, and the tokens they hand to other software."""

import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from meadow.core.ids import new_id

# `handle__lower=` compares as the unique index does.
models.CharField.register_lookup(Lower)


def new_person_id() -> str:
    """Return a fresh public id of a person."""
    return new_id("p")


def new_pseudonym() -> str:
    """Return the 32 hex characters by which facts know a person until erasure replaces them."""
    return secrets.token_hex(16)


class PersonManager(BaseUserManager["Person"]):
    """What Django and allauth need to make a person."""

    def create_user(
        self, handle: str, email: str = "", password: str | None = None, **extra: Any
    ) -> "Person":
        """Create a member; `handle` is kept as typed and is unique whatever its case."""
        person = self.model(handle=handle, email=self.normalize_email(email), **extra)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Find a person by handle, whatever its case."""
        return self.get(handle__lower=(username or "").lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account. Optional facts about a person stay empty unless they tell us."""

    class Role(models.TextChoices):
        MEMBER = "member"
        MODERATOR = "moderator"
        OPERATOR = "operator"

    class Gender(models.TextChoices):
        UNSAID = ""
        FEMALE = "female"
        MALE = "male"
        OTHER = "other"

    class Theme(models.TextChoices):
        AUTO = "auto"
        LIGHT = "light"
        DARK = "dark"

    public_id = models.CharField(max_length=24, unique=True, default=new_person_id)
    handle = models.CharField(max_length=30)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=40, blank=True)
    bio = models.CharField(max_length=300, blank=True)
    region = models.CharField(max_length=8, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    gender = models.CharField(max_length=8, choices=Gender.choices, blank=True, default="")
    avatar = models.ForeignKey(
        "media.Upload", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.MEMBER)
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    pseudonym = models.CharField(max_length=32, unique=True, default=new_pseudonym)
    follower_count = models.PositiveIntegerField(default=0)
    following_count = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True)
    # Set while those who keep order show them to nobody else, or let them write nothing; until a
    # moment, or until somebody lifts it (meadow/accounts/standing.py).
    hidden_at = models.DateTimeField(null=True)
    hidden_until = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_until = models.DateTimeField(null=True)

    objects = PersonManager()
    # What came along with the session (meadow/accounts/sessions.py); empty for whoever has none.
    beside: Mapping[str, Any] = MappingProxyType({})

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("handle"), name="handle_unique_whatever_case"),
            models.CheckConstraint(
                name="handle_is_plain", condition=Q(handle__regex=r"^[A-Za-z0-9_]{3,30}$")
            ),
            models.CheckConstraint(
                name="birth_year_is_plausible",
                condition=Q(birth_year__isnull=True)
                | (Q(birth_year__gte=1900) & Q(birth_year__lte=2100)),
            ),
            models.CheckConstraint(
                name="role_is_known", condition=Q(role__in=["member", "moderator", "operator"])
            ),
            models.CheckConstraint(
                name="only_who_is_hidden_is_so_until",
                condition=Q(hidden_until__isnull=True) | Q(hidden_until__gt=F("hidden_at")),
            ),
            models.CheckConstraint(
                name="only_who_is_suspended_is_so_until",
                condition=Q(suspended_until__isnull=True)
                | Q(suspended_until__gt=F("suspended_at")),
            ),
        ]
        indexes = [
            # allauth signs in by `iexact`, which compares in upper case.
            models.Index(Upper("handle"), name="handle_as_signed_in"),
            models.Index(fields=["email"], name="person_by_email"),
            # Few among many, who are told of each appeal.
            models.Index(
                fields=["role"],
                name="people_who_keep_order",
                condition=Q(role__in=["moderator", "operator"]),
            ),
            # Asked of every author of every card: next to nobody is in it.
            models.Index(fields=["id"], name="people_hidden", condition=Q(hidden_at__isnull=False)),
            models.Index(
                fields=["id"],
                name="people_restricted_for_a_time",
                condition=Q(hidden_until__isnull=False) | Q(suspended_until__isnull=False),
            ),
        ]

    @property
    def is_operator(self) -> bool:
        """Whether this person runs the installation."""
        return self.role == self.Role.OPERATOR

    def __str__(self) -> str:
        return f"@{self.handle}"


class Follow(models.Model):
    """One person reading along with another."""

    follower = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    followed = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="follow_once", fields=["follower", "followed"]),
            models.CheckConstraint(
                name="nobody_follows_themselves", condition=~Q(follower=F("followed"))
            ),
        ]
        indexes = [models.Index(fields=["followed", "-created_at"], name="followers_recent")]


class Block(models.Model):
    """One person who wants nothing to do with another; it works in both directions."""

    blocker = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    blocked = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="block_once", fields=["blocker", "blocked"]),
            models.CheckConstraint(
                name="nobody_blocks_themselves", condition=~Q(blocker=F("blocked"))
            ),
        ]


class AccessToken(models.Model):
    """A key that other software holds for a person; only its digest is kept."""

    public_id = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at"], name="tokens_of_person")]
