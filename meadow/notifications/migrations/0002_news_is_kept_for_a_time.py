"""Read news is kept for 90 days, unread for 365; what is over its time is found by an index."""

from django.db import migrations, models
from django.db.models import Q

KEPT = {"read": 90, "unread": 365}


def add_rules(apps, schema_editor):
    for kind, days in KEPT.items():
        apps.get_model("notifications", "KeepRule").objects.create(kind=kind, keep_days=days)


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_news_comes_once")]

    operations = [
        migrations.CreateModel(
            name="KeepRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("read", "Read"), ("unread", "Unread")], max_length=6, unique=True)),
                ("keep_days", models.PositiveIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="kept_news_is_read_or_unread", condition=Q(kind__in=["read", "unread"])),
                    models.CheckConstraint(name="news_is_kept_a_day_at_least", condition=Q(keep_days__isnull=True) | Q(keep_days__gte=1)),
                ],
            },
        ),
        migrations.RunPython(add_rules, migrations.RunPython.noop),
        migrations.RemoveIndex("notification", "notifications_unread"),
        migrations.AddIndex(
            "notification",
            models.Index(condition=Q(read_at__isnull=True), fields=["person", "-id"], name="notifications_unread"),
        ),
        migrations.AddIndex(
            "notification",
            models.Index(condition=Q(read_at__isnull=True), fields=["created_at"], name="notifications_unread_since"),
        ),
        migrations.AddIndex(
            "notification",
            models.Index(condition=Q(read_at__isnull=False), fields=["read_at"], name="notifications_read_since"),
        ),
    ]
