"""News for one person: kept, shown at the bell, sent by e-mail when wanted."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Notification(models.Model):
    """One piece of news; its words are made from kind and params when it is read."""

    public_id = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    params = models.JSONField()
    url = models.CharField(max_length=300)
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="notification_key_once", fields=["person", "key"]),
            # Browsers read //host and /\host as another site.
            models.CheckConstraint(
                name="notification_leads_into_the_site", condition=Q(url__regex=r"^/([^/\\]|$)")
            ),
            models.CheckConstraint(
                name="notification_is_read_after_it_came",
                condition=Q(read_at__isnull=True) | Q(read_at__gte=F("created_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="notifications_of_person"),
            models.Index(
                fields=["person", "-id"],
                name="notifications_unread",
                condition=Q(read_at__isnull=True),
            ),
            # What is over its time is found without a look at anything else.
            models.Index(
                fields=["created_at"],
                name="notifications_unread_since",
                condition=Q(read_at__isnull=True),
            ),
            models.Index(
                fields=["read_at"],
                name="notifications_read_since",
                condition=Q(read_at__isnull=False),
            ),
        ]


class KeepRule(models.Model):
    """How many days news is kept: read news since it was read, unread since it came.

    Null is for ever, and so is a kind without a rule.
    """

    class Kind(models.TextChoices):
        READ = "read"
        UNREAD = "unread"

    kind = models.CharField(max_length=6, choices=Kind.choices, unique=True)
    keep_days = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kept_news_is_read_or_unread", condition=Q(kind__in=["read", "unread"])
            ),
            models.CheckConstraint(
                name="news_is_kept_a_day_at_least",
                condition=Q(keep_days__isnull=True) | Q(keep_days__gte=1),
            ),
        ]


class Letter(models.Model):
    """The e-mail of one notification; once settled it is never sent again."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        UNWANTED = "unwanted"
        REFUSED = "refused"

    notification = models.OneToOneField(
        Notification, on_delete=models.CASCADE, primary_key=True, related_name="letter"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="letter_state_is_known",
                condition=Q(state__in=["waiting", "sent", "unwanted", "refused"]),
            ),
            models.CheckConstraint(
                name="letter_is_settled_when_it_says_so",
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
            ),
        ]


class NotificationPreference(models.Model):
    """Whether a person wants e-mail about a group of news; without a row they do."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=30)
    email = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="preference_once_a_group", fields=["person", "group"]),
        ]
