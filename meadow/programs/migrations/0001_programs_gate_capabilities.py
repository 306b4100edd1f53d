"""Programs, rules in versions, standings, invitations, applications, grants and evidence."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def pk():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def person():
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
    )


def program():
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="programs.program"
    )


STAGES = ("internal", "invited", "cohort", "percentage", "open")
STATES = (
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
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Program",
            fields=[
                pk(),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("capability", models.CharField(max_length=60, unique=True)),
                ("title", models.JSONField()),
                ("summary", models.JSONField()),
                ("is_built", models.BooleanField(default=False)),
                ("stage", models.CharField(default="internal", max_length=10)),
                ("percentage", models.PositiveSmallIntegerField(default=0)),
                ("salt", models.CharField(max_length=32)),
                ("regions", models.JSONField(default=list)),
                ("capacity", models.PositiveIntegerField(null=True)),
                ("admitted_count", models.PositiveIntegerField(default=0)),
                ("next_place", models.PositiveBigIntegerField(default=1)),
                ("admission", models.CharField(default="automatic", max_length=11)),
                ("questions", models.JSONField(default=list)),
                ("pilot", models.JSONField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("killed_at", models.DateTimeField(null=True)),
                ("grace_days", models.PositiveSmallIntegerField(default=14)),
                ("notice_days", models.PositiveSmallIntegerField(default=14)),
                ("reapply_days", models.PositiveSmallIntegerField(default=30)),
                ("appeal_days", models.PositiveSmallIntegerField(default=30)),
                ("next_review", models.DateField(null=True)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["position", "slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", STAGES)), name="program_stage_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("admission__in", ("automatic", "application", "invitation"))
                        ),
                        name="program_admission_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percentage__lte", 100)),
                        name="program_percentage_is_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("capacity__isnull", True),
                            ("admitted_count__lte", models.F("capacity")),
                            _connector="OR",
                        ),
                        name="seats_within_capacity",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                pk(),
                ("number", models.PositiveIntegerField()),
                ("state", models.CharField(default="draft", max_length=10)),
                ("rule", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("scheduled_at", models.DateTimeField(null=True)),
                ("active_from", models.DateTimeField(null=True)),
                ("notice_until", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="programs.program",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [
                    models.UniqueConstraint(fields=("program", "number"), name="rule_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")),
                        fields=("program",),
                        name="one_active_rule",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "scheduled")),
                        fields=("program",),
                        name="one_scheduled_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "scheduled", "active", "retired"])
                        ),
                        name="rule_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "retired"]),
                            ("active_from__isnull", False),
                            _connector="OR",
                        ),
                        name="rule_holds_from_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                pk(),
                ("state", models.CharField(max_length=10)),
                ("reason", models.CharField(max_length=40)),
                ("words", models.CharField(default="", max_length=1000)),
                ("since", models.DateTimeField()),
                ("admitted_at", models.DateTimeField(null=True)),
                ("grace_until", models.DateTimeField(null=True)),
                ("suspended_until", models.DateTimeField(null=True)),
                ("reapply_at", models.DateTimeField(null=True)),
                ("recheck_at", models.DateTimeField(null=True)),
                ("queue_place", models.PositiveBigIntegerField(null=True)),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("step_since", models.DateTimeField(null=True)),
                ("rule_number", models.PositiveIntegerField()),
                ("decision_id", models.BigIntegerField()),
                ("person", person()),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="programs.program",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person"], name="standings_of_person"),
                    models.Index(
                        condition=models.Q(("recheck_at__isnull", False)),
                        fields=["recheck_at"],
                        name="standings_to_look_at",
                    ),
                    models.Index(
                        fields=["program", "state", "-since"], name="standings_by_state"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("program", "person"), name="one_standing_a_person"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("queue_place__isnull", False)),
                        fields=("program", "queue_place"),
                        name="one_person_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", STATES)), name="standing_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("queue_place__isnull", False), ("state", "waitlisted")),
                            models.Q(
                                models.Q(("state", "waitlisted"), _negated=True),
                                ("queue_place__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="who_waits_has_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "grace"), _negated=True),
                            ("grace_until__isnull", False),
                            _connector="OR",
                        ),
                        name="grace_has_an_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CohortPlace",
            fields=[
                pk(),
                ("added_at", models.DateTimeField()),
                ("person", person()),
                ("program", program()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("program", "person"), name="once_in_a_cohort")
                ]
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                pk(),
                ("public_id", models.CharField(max_length=24, unique=True)),
                ("digest", models.CharField(max_length=64, null=True, unique=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_by_id", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("program", program()),
                (
                    "used_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["program", "-id"], name="invitations_recent")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("person__isnull", False), ("revoked_at__isnull", True)
                        ),
                        fields=("program", "person"),
                        name="one_open_invitation_a_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest__isnull", True), ("person__isnull", False)),
                            models.Q(("digest__isnull", False), ("person__isnull", True)),
                            _connector="OR",
                        ),
                        name="invitation_is_for_a_person_or_a_code",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                pk(),
                ("public_id", models.CharField(max_length=24, unique=True)),
                ("answers", models.JSONField(default=dict)),
                ("state", models.CharField(default="open", max_length=10)),
                ("applied_at", models.DateTimeField()),
                ("reviewed_by_id", models.BigIntegerField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("words", models.CharField(blank=True, max_length=1000)),
                ("person", person()),
                ("program", program()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["program", "state", "id"], name="applications_by_state")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("program", "person"),
                        name="one_open_application",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "accepted", "refused", "withdrawn"])
                        ),
                        name="application_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by_id__isnull", True),
                            models.Q(("reviewed_by_id", models.F("person_id")), _negated=True),
                            _connector="OR",
                        ),
                        name="who_reviews_is_not_who_applied",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "withdrawn"]),
                            models.Q(
                                ("reviewed_at__isnull", False), ("reviewed_by_id__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="a_review_says_when_and_who",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                pk(),
                ("public_id", models.CharField(max_length=24, unique=True)),
                ("reason", models.CharField(max_length=500)),
                ("granted_by_id", models.BigIntegerField(null=True)),
                ("granted_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("person", person()),
                ("program", program()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("program", "person"),
                        name="one_grant_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="grant_has_a_reason",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="PushedEvidence",
            fields=[
                pk(),
                ("name", models.CharField(max_length=60)),
                ("value", models.BigIntegerField()),
                ("title", models.CharField(blank=True, max_length=200)),
                ("url", models.CharField(blank=True, max_length=300)),
                ("pushed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("person", person()),
            ],
            options={
                "indexes": [models.Index(fields=["name", "person"], name="evidence_of_name")],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "name"), name="evidence_by_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProgramVisit",
            fields=[
                pk(),
                ("first_at", models.DateTimeField()),
                ("person", person()),
                ("program", program()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("program", "person"), name="one_first_visit")
                ]
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                pk(),
                ("since", models.DateTimeField()),
                ("person", person()),
                ("program", program()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("program", "person"), name="watch_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="ChangeLog",
            fields=[
                pk(),
                ("kind", models.CharField(max_length=20)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("operator_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.program",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["program", "-id"], name="changes_recent")]
            },
        ),
        migrations.CreateModel(
            name="Marked",
            fields=[
                ("person_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("mark", models.PositiveBigIntegerField(default=1)),
                ("marked_at", models.DateTimeField()),
            ],
        ),
    ]
