"""Decisions about people by pseudonym, the batches that sign them, and appeals."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("key_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("public_key", models.CharField(max_length=64)),
                ("first_used_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(max_length=24, unique=True)),
                ("size", models.PositiveIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("nodes", models.BinaryField(default=b"")),
                ("signature", models.CharField(max_length=128)),
                ("signed_at", models.DateTimeField()),
                ("key", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="decisions.signingkey")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="decision_batch_is_not_empty", condition=Q(size__gte=1)),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(db_collation="C", max_length=24)),
                ("person", models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="decision_subject_once", fields=("name",)),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(db_collation="C", max_length=24)),
                ("scope", models.CharField(max_length=80)),
                ("capability", models.CharField(max_length=60)),
                ("outcome", models.CharField(max_length=40)),
                ("decided_at", models.DateTimeField()),
                ("place", models.PositiveIntegerField()),
                ("document", models.TextField()),
                ("batch", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="decisions.batch")),
                ("subject", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="decisions.subject")),
            ],
            options={
                "indexes": [models.Index(fields=["subject", "-id"], name="decisions_of_subject")],
                "constraints": [
                    models.UniqueConstraint(name="decision_public_id_once", fields=("public_id",)),
                    models.UniqueConstraint(name="decision_has_its_place", fields=("batch", "place")),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(max_length=24, unique=True)),
                ("words", models.CharField(max_length=2000)),
                ("state", models.CharField(choices=[("open", "Open"), ("granted", "Granted"), ("refused", "Refused"), ("withdrawn", "Withdrawn")], default="open", max_length=10)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("decided_by", models.CharField(max_length=40)),
                ("reviewed_by", models.CharField(blank=True, default="", max_length=40)),
                ("answer", models.CharField(blank=True, default="", max_length=2000)),
                ("answered_at", models.DateTimeField(null=True)),
                ("decision", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="appeal", to="decisions.decision")),
                ("person", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("reviewer", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("ruling", models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="answered_appeal", to="decisions.decision")),
            ],
            options={
                "indexes": [
                    models.Index(condition=Q(state="open"), fields=["due_at", "id"], name="appeals_that_wait"),
                ],
                "constraints": [
                    models.CheckConstraint(name="appeal_has_enough_words", condition=Q(words="") | Q(words__length__gte=20)),
                    models.CheckConstraint(name="appeal_state_is_known", condition=Q(state__in=["open", "granted", "refused", "withdrawn"])),
                    models.CheckConstraint(
                        name="appeal_is_answered_as_a_whole",
                        condition=(
                            Q(state__in=["granted", "refused"])
                            & Q(answered_at__isnull=False, ruling__isnull=False)
                            & ~Q(reviewed_by="")
                        )
                        | (
                            Q(state__in=["open", "withdrawn"])
                            & Q(answered_at__isnull=True, ruling__isnull=True, reviewed_by="", answer="")
                        ),
                    ),
                    models.CheckConstraint(name="reviewer_is_not_concerned", condition=~Q(reviewer=F("person"))),
                    models.CheckConstraint(name="reviewer_did_not_decide", condition=~Q(reviewed_by=F("decided_by"))),
                    models.CheckConstraint(name="appeal_clock_runs_forward", condition=Q(due_at__gt=F("opened_at"))),
                ],
            },
        ),
    ]
