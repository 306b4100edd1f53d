"""Acts wait in PostgreSQL for the stream; how long facts are kept is a table, not code."""

from django.db import migrations, models

# What was searched for can tell more about a person than what they read: it goes after 90 days.
KEPT_DAYS = {"search": 90}
KINDS = (
    "impression open read dwell complete click share like unlike save unsave comment follow unfollow"
    " search exposure"
).split()


def add_rules(apps, schema_editor):
    rule = apps.get_model("analytics", "RetentionRule")
    rule.objects.bulk_create(rule(kind=kind, keep_days=KEPT_DAYS.get(kind)) for kind in KINDS)


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_reads_are_projected")]

    operations = [
        migrations.CreateModel(
            name="PendingFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fact_id", models.CharField(max_length=41, unique=True)),
                ("fact", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20, unique=True)),
                ("keep_days", models.PositiveIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("keep_days__isnull", True), ("keep_days__gte", 1), _connector="OR"
                        ),
                        name="facts_are_kept_a_day_at_least",
                    )
                ],
            },
        ),
        migrations.RunPython(add_rules, migrations.RunPython.noop),
    ]
