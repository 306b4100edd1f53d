"""Comments of people whom moderation hides are withdrawn: what stands is made anew with that."""

from django.db import migrations, models
from django.db.models import Q


def make_stands(*marks: str) -> migrations.AddField:
    """Add the column that says whether everybody sees a comment."""
    return migrations.AddField(
        "comment",
        "stands",
        models.GeneratedField(
            db_persist=True,
            expression=Q(**{f"{mark}__isnull": True for mark in marks}),
            output_field=models.BooleanField(),
        ),
    )


def make_pinned(*marks: str) -> migrations.AddConstraint:
    """Add the constraint that only what stands is pinned."""
    return migrations.AddConstraint(
        "comment",
        models.CheckConstraint(
            name="pinned_comment_stands_and_is_no_reply",
            condition=Q(pinned_at__isnull=True)
            | Q(parent__isnull=True, **{f"{mark}__isnull": True for mark in marks}),
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("notes", "0009_what_notes_said_before_and_what_stands_first"),
    ]

    operations = [
        migrations.RemoveConstraint("comment", "pinned_comment_stands_and_is_no_reply"),
        migrations.RemoveField("comment", "stands"),
        migrations.AddField("comment", "withdrawn_at", models.DateTimeField(null=True)),
        make_stands("withheld_at", "hidden_at", "withdrawn_at", "deleted_at"),
        make_pinned("withheld_at", "hidden_at", "withdrawn_at", "deleted_at"),
    ]
