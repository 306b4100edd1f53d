"""A report is counted once, money that stays unused where little is left goes back, quiet orders rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("promotion", "0002_what_was_ordered_stays")]
    operations = [
        migrations.AddField("webserver", "reported", models.BigIntegerField(default=0)),
        migrations.AddField("pace", "scarce", models.BooleanField(default=False)),
        migrations.AddField("pace", "open", models.BooleanField(default=True)),
        migrations.AddIndex(
            "pace",
            models.Index(
                fields=["order"], name="promotion_paces_open", condition=models.Q(("open", True))
            ),
        ),
    ]
