"""The limits of detectors, what they decided, and what of it was taken back; violations of the rules
that moderators recorded; what was reported and what became of it. Rows are only added: triggers
refuse UPDATE and DELETE (0002, 0005, 0006), but for an inquiry, which moves until it is decided.

In what detectors decide, people are known by a digest of the pseudonym that facts know them by, so
that forgetting one's reading leaves nothing to look up. A violation names its person.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class DetectorRule(models.Model):
    """One version of a detector's limits; the newest decides, the older explain old cases."""

    detector = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    parameters = models.JSONField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rule_version_once", fields=["detector", "version"]),
            models.CheckConstraint(
                name="detector_is_known", condition=Q(detector__in=["clockwork", "impossible_rate"])
            ),
        ]


class Case(models.Model):
    """A stretch of one reader's facts that a detector took for no person's.

    `judged` is an Arrow stream of the facts that it made invalid, each with what it said itself:
    enough to publish the verdicts again after a crash, or to take them back.
    """

    public_id = models.CharField(max_length=24, unique=True)
    subject = models.CharField(max_length=64)
    signed_in = models.BooleanField()
    rule = models.ForeignKey(DetectorRule, on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField()
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    facts = models.PositiveIntegerField()
    judged = models.BinaryField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_judges_something", condition=Q(facts__gte=1)),
            models.CheckConstraint(
                name="case_window_runs_forward", condition=Q(window_from__lte=F("window_to"))
            ),
        ]
        indexes = [models.Index(fields=["subject", "-id"], name="cases_of_subject")]


class TakeBack(models.Model):
    """An operator's word that a case was wrong; its facts count as they did before."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="taken_back")
    operator_id = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    taken_back_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="take_back_has_a_reason", condition=~Q(reason="")),
        ]


class ScanMark(models.Model):
    """How far detectors have looked: everything before `batch` of this life of the stream."""

    life = models.BigIntegerField(unique=True)
    batch = models.BigIntegerField()
    scanned_at = models.DateTimeField()


class Violation(models.Model):
    """What a moderator recorded about somebody against a rule; it is open until a Closing is added.

    Erased people lose their row's person, and a trigger then empties what was said about them.
    `subject` is what it was about (a note's public id, say) and means nothing to this package.
    """

    public_id = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    rule = models.CharField(max_length=20)
    words = models.CharField(max_length=1000)
    subject = models.CharField(max_length=40, blank=True)
    moderator_id = models.BigIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="violation_rule_is_known",
                condition=Q(
                    rule__in=[
                        *("spam", "faked_engagement", "hidden_advertising", "abuse", "nudity"),
                        *("scam", "self_harm", "minors", "copied", "other"),
                    ]
                ),
            ),
            models.CheckConstraint(
                name="violation_says_what_happened",
                condition=Q(person__isnull=True) | Q(words__regex=r"^[\s\S]{10,}$"),
            ),
            models.CheckConstraint(
                name="violation_subject_is_an_id", condition=Q(subject__regex=r"^[A-Za-z0-9_:.-]*$")
            ),
            models.CheckConstraint(
                name="nobody_records_about_themselves",
                condition=Q(person__isnull=True) | ~Q(person=F("moderator_id")),
            ),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="violations_of_person")]


class Closing(models.Model):
    """Why a violation is open no more: it was served, or it was a mistake."""

    class Reason(models.TextChoices):
        SERVED = "served"
        MISTAKEN = "mistaken"

    violation = models.OneToOneField(Violation, on_delete=models.PROTECT, related_name="closing")
    reason = models.CharField(max_length=8, choices=Reason.choices)
    words = models.CharField(max_length=1000)
    moderator_id = models.BigIntegerField()
    closed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="closing_reason_is_known", condition=Q(reason__in=["served", "mistaken"])
            ),
            models.CheckConstraint(
                name="closing_says_why", condition=Q(words="") | Q(words__regex=r"^[\s\S]{10,}$")
            ),
        ]


class QueueTerms(models.Model):
    """One version of how reports are weighed and how long claims and appeals run; the newest holds.

    `operator_id` is None for what Meadow ships. Rows are only added (`integrity_rows_are_only_added`).
    """

    version = models.PositiveIntegerField(unique=True)
    parameters = models.JSONField()
    created_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, default="", db_default="")
    operator_id = models.BigIntegerField(null=True)


class Inquiry(models.Model):
    """Everything that was reported about one thing, from the first report until somebody decides.

    `subject` is the public id of a note, comment or person and means nothing to this package.
    `found` is what screening found, where that opened it. `priority` orders the queue.
    """

    class Outcome(models.TextChoices):
        OPEN = ""
        DISMISSED = "dismissed"
        WARNED = "warned"
        HIDDEN = "hidden"
        SUSPENDED = "suspended"
        BARRED = "barred"

    public_id = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=10)
    subject = models.CharField(max_length=24)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    found = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    reports = models.PositiveIntegerField(default=0)
    priority = models.PositiveIntegerField(default=0)
    claimed_by_id = models.BigIntegerField(null=True)
    claimed_until = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=10, choices=Outcome.choices, default=Outcome.OPEN, blank=True
    )
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_inquiry_a_subject",
                fields=["kind", "subject"],
                condition=Q(outcome=""),
            ),
            models.CheckConstraint(
                name="inquiry_outcome_is_known",
                condition=Q(
                    outcome__in=["", "dismissed", "warned", "hidden", "suspended", "barred"]
                ),
            ),
            models.CheckConstraint(
                name="inquiry_closed_has_a_time",
                condition=Q(outcome="", closed_at__isnull=True)
                | (~Q(outcome="") & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="inquiry_claim_has_an_end",
                condition=Q(claimed_by_id__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by_id__isnull=False, claimed_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "id"], condition=Q(outcome=""), name="inquiries_to_decide"
            ),
            models.Index(fields=["author", "-id"], name="inquiries_of_author"),
            models.Index(fields=["kind", "subject", "-id"], name="inquiries_of_subject"),
        ]


class Snapshot(models.Model):
    """What was there when it was reported; another one where it was edited between two reports."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="snapshots")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="snapshot_once", fields=["inquiry", "digest"]),
        ]


class Report(models.Model):
    """One person's word about a thing. An erased reporter leaves the count and no words."""

    public_id = models.CharField(max_length=24, unique=True)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="said")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=30)
    words = models.CharField(max_length=500, blank=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_report_a_person", fields=["inquiry", "reporter"]),
            models.CheckConstraint(
                name="other_report_has_words",
                condition=~Q(reason="other") | Q(reporter__isnull=True) | ~Q(words=""),
            ),
        ]
        indexes = [models.Index(fields=["reporter", "-id"], name="reports_of_person")]


class Action(models.Model):
    """What was done about an inquiry, with the statement of reasons; only added.

    `until` is when it ends by itself: only what is done to a person does. `moderator_id` is None
    where a rule did it. `decision` is the public id of the signed record, and `violation` of what was
    recorded beside it; both are empty where there is none.
    """

    class Kind(models.TextChoices):
        DISMISS = "dismiss"
        WARN = "warn"
        HIDE = "hide"
        SUSPEND = "suspend"
        BAR = "bar"
        RESTORE = "restore"

    public_id = models.CharField(max_length=24, unique=True)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    moderator_id = models.BigIntegerField(null=True)
    rule = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=1000, blank=True)
    decision = models.CharField(max_length=24, blank=True)
    violation = models.CharField(max_length=24, blank=True)
    done_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="action_of_a_decision", fields=["decision"], condition=~Q(decision="")
            ),
            models.CheckConstraint(
                name="action_kind_is_known",
                condition=Q(kind__in=["dismiss", "warn", "hide", "suspend", "bar", "restore"]),
            ),
            models.CheckConstraint(
                name="what_restricts_has_a_decision",
                condition=~Q(kind__in=["warn", "hide", "suspend", "bar"])
                | ~(Q(decision="") | Q(rule="")),
            ),
            models.CheckConstraint(
                name="what_ends_by_itself_restricts",
                condition=Q(until__isnull=True)
                | Q(kind__in=["hide", "suspend", "bar"], until__gt=F("done_at")),
            ),
        ]
        indexes = [models.Index(fields=["-done_at"], name="actions_recent")]


class ScreenRule(models.Model):
    """A word or link that texts are held against: in force until it is retired, never changed."""

    public_id = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=10)
    pattern = models.CharField(max_length=100)
    action = models.CharField(max_length=6)
    scopes = models.JSONField()
    rule = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="screen_pattern_once",
                fields=["kind", "pattern"],
                condition=Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                name="screen_kind_is_known",
                condition=Q(kind__in=["word", "disguised", "substring", "link"]),
            ),
            models.CheckConstraint(
                name="screen_action_is_known", condition=Q(action__in=["refuse", "hold", "flag"])
            ),
        ]


class ScreenChange(models.Model):
    """Who added or retired a rule of screening, and why; the newest is the version of the list."""

    rule = models.ForeignKey(ScreenRule, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField(max_length=7)
    operator_id = models.BigIntegerField()
    note = models.CharField(max_length=300)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="screen_change_once", fields=["rule", "what"]),
            models.CheckConstraint(
                name="screen_change_is_known", condition=Q(what__in=["added", "retired"])
            ),
            models.CheckConstraint(name="screen_change_says_why", condition=~Q(note="")),
        ]
