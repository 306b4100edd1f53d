"""Moderators and operators are few among many: an index of them alone."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_people_show_a_picture")]

    operations = [
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["role"],
                name="people_who_keep_order",
                condition=Q(role__in=["moderator", "operator"]),
            ),
        ),
    ]
