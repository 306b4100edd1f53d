"""Programs, their rules in versions, and where everybody stands with them.

What happened is only added to (`ChangeLog`, triggers of migration 0002) or is a decision record of
the package `decisions`; `Membership` is where a person stands now.
"""

from typing import Final, Literal, get_args

from django.conf import settings
from django.db import models
from django.db.models import F, Q

STAGES = ("internal", "invited", "cohort", "percentage", "open")
ADMISSIONS = ("automatic", "application", "invitation")
State = Literal[
    "waitlisted",
    "applied",
    "invited",
    "admitted",
    "pilot",
    "grace",
    "suspended",
    "refused",
    "lapsed",
    "left",
]
STATES: Final[tuple[State, ...]] = get_args(State)
# Who takes one of the seats that `capacity` limits; a suspended person's seat is kept for them.
SEATED = ("admitted", "pilot", "grace", "suspended")


class Program(models.Model):
    """A gate in front of one capability. Words are by language: `{"en": …, "zh-hans": …}`.

    `salt` and a person decide their lot, which never changes: a growing `percentage` takes in more
    lots and loses none. `pilot` is a list of `{"days", "limits"}`, the tightest first.
    """

    slug = models.SlugField(max_length=40, unique=True)
    capability = models.CharField(max_length=60, unique=True)
    title = models.JSONField()
    summary = models.JSONField()
    is_built = models.BooleanField(default=False)
    stage = models.CharField(max_length=10, default="internal")
    percentage = models.PositiveSmallIntegerField(default=0)
    salt = models.CharField(max_length=32)
    regions = models.JSONField(default=list)
    capacity = models.PositiveIntegerField(null=True)
    admitted_count = models.PositiveIntegerField(default=0)
    next_place = models.PositiveBigIntegerField(default=1)
    admission = models.CharField(max_length=11, default="automatic")
    questions = models.JSONField(default=list)
    pilot = models.JSONField(null=True)
    paused_at = models.DateTimeField(null=True)
    killed_at = models.DateTimeField(null=True)
    grace_days = models.PositiveSmallIntegerField(default=14)
    notice_days = models.PositiveSmallIntegerField(default=14)
    reapply_days = models.PositiveSmallIntegerField(default=30)
    appeal_days = models.PositiveSmallIntegerField(default=30)
    next_review = models.DateField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(name="program_stage_is_known", condition=Q(stage__in=STAGES)),
            models.CheckConstraint(
                name="program_admission_is_known", condition=Q(admission__in=ADMISSIONS)
            ),
            models.CheckConstraint(
                name="program_percentage_is_one", condition=Q(percentage__lte=100)
            ),
            models.CheckConstraint(
                name="seats_within_capacity",
                condition=Q(capacity__isnull=True) | Q(admitted_count__lte=F("capacity")),
            ),
        ]


class RuleVersion(models.Model):
    """One version of a program's rule; drafts may change, everything else is written once.

    `notice_until` is set where the version takes something away from somebody who is in: they were
    told when it was scheduled, and it holds from that moment on, not earlier.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default="draft")
    rule = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    scheduled_at = models.DateTimeField(null=True)
    active_from = models.DateTimeField(null=True)
    notice_until = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(name="rule_number_once", fields=["program", "number"]),
            models.UniqueConstraint(
                name="one_active_rule", fields=["program"], condition=Q(state="active")
            ),
            models.UniqueConstraint(
                name="one_scheduled_rule", fields=["program"], condition=Q(state="scheduled")
            ),
            models.CheckConstraint(
                name="rule_state_is_known",
                condition=Q(state__in=["draft", "scheduled", "active", "retired"]),
            ),
            models.CheckConstraint(
                name="rule_holds_from_a_moment",
                condition=Q(state__in=["draft", "retired"]) | Q(active_from__isnull=False),
            ),
        ]


class Membership(models.Model):
    """Where one person stands with one program; nobody who never came near it has a row.

    `decision_id` is the decision record that led here: there is no state without one. `reason` is
    its reason code, `words` what an operator said beside it (never in the signed record, which
    outlives the person). `queue_place` orders the waitlist; `step` counts pilot steps from 0.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=40)
    words = models.CharField(max_length=1000, default="")
    since = models.DateTimeField()
    admitted_at = models.DateTimeField(null=True)
    grace_until = models.DateTimeField(null=True)
    suspended_until = models.DateTimeField(null=True)
    reapply_at = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(null=True)
    queue_place = models.PositiveBigIntegerField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    step_since = models.DateTimeField(null=True)
    rule_number = models.PositiveIntegerField()
    decision_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_standing_a_person", fields=["program", "person"]),
            models.UniqueConstraint(
                name="one_person_a_place",
                fields=["program", "queue_place"],
                condition=Q(queue_place__isnull=False),
            ),
            models.CheckConstraint(name="standing_is_known", condition=Q(state__in=STATES)),
            models.CheckConstraint(
                name="who_waits_has_a_place",
                condition=Q(state="waitlisted", queue_place__isnull=False)
                | (~Q(state="waitlisted") & Q(queue_place__isnull=True)),
            ),
            models.CheckConstraint(
                name="grace_has_an_end", condition=~Q(state="grace") | Q(grace_until__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="standings_of_person"),
            models.Index(
                fields=["recheck_at"],
                name="standings_to_look_at",
                condition=Q(recheck_at__isnull=False),
            ),
            models.Index(fields=["program", "state", "-since"], name="standings_by_state"),
        ]


class CohortPlace(models.Model):
    """Somebody on a program's list of the cohort stage."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="once_in_a_cohort", fields=["program", "person"])
        ]


class Invitation(models.Model):
    """A way in at the invited stage: for one person by name, or a code for whoever has it.

    Of a code only its digest is kept. `used_by` is who took it, which happens once.
    """

    public_id = models.CharField(max_length=24, unique=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    digest = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - unique where set
    note = models.CharField(max_length=200, blank=True)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_invitation_a_person",
                fields=["program", "person"],
                condition=Q(person__isnull=False, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="invitation_is_for_a_person_or_a_code",
                condition=Q(person__isnull=False, digest__isnull=True)
                | Q(person__isnull=True, digest__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["program", "-id"], name="invitations_recent")]


class Application(models.Model):
    """What somebody answered to a program's questions, and what came of it."""

    public_id = models.CharField(max_length=24, unique=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="open")
    applied_at = models.DateTimeField()
    reviewed_by_id = models.BigIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_application", fields=["program", "person"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="application_state_is_known",
                condition=Q(state__in=["open", "accepted", "refused", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="who_reviews_is_not_who_applied",
                condition=Q(reviewed_by_id__isnull=True) | ~Q(reviewed_by_id=F("person_id")),
            ),
            models.CheckConstraint(
                name="a_review_says_when_and_who",
                condition=Q(state__in=["open", "withdrawn"])
                | Q(reviewed_by_id__isnull=False, reviewed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["program", "state", "id"], name="applications_by_state")]


class Grant(models.Model):
    """An operator's word, with a reason, that somebody meets a program's rule and stage.

    It holds while it is neither revoked nor over (`until`, null is without end).
    """

    public_id = models.CharField(max_length=24, unique=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    granted_by_id = models.BigIntegerField(null=True)
    granted_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_grant_in_force",
                fields=["program", "person"],
                condition=Q(revoked_at__isnull=True),
            ),
            models.CheckConstraint(name="grant_has_a_reason", condition=~Q(reason="")),
        ]


class PushedEvidence(models.Model):
    """What another package knows of a person and a rule may ask for: the newest value of a name."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    value = models.BigIntegerField()
    title = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=300, blank=True)
    pushed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="evidence_by_name", fields=["person", "name"])]
        indexes = [models.Index(fields=["name", "person"], name="evidence_of_name")]


class ProgramVisit(models.Model):
    """When somebody first looked at a program's page: the first step of its funnel."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_first_visit", fields=["program", "person"])
        ]


class Watch(models.Model):
    """Somebody who wants to hear when a program's rule, stage or seats change."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="watch_once", fields=["program", "person"])]


class ChangeLog(models.Model):
    """What was changed about a program, when and by whom; rows are only added.

    `kind` is such as `stage`, `capacity`, `rule_active`, `paused`; `before` and `after` are plain
    values, told in words by `words.describe_change`. `operator_id` is null for the clock.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.CharField(max_length=500, blank=True)
    operator_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["program", "-id"], name="changes_recent")]


class Marked(models.Model):
    """Somebody about whom something changed: programs look at them within a second or two.

    `mark` counts the news; who has looked deletes the row only if none came meanwhile.
    """

    person_id = models.BigIntegerField(primary_key=True)
    mark = models.PositiveBigIntegerField(default=1)
    marked_at = models.DateTimeField()
