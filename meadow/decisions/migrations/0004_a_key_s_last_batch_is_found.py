"""When a key signed last is read from an index, however many batches came after."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("decisions", "0003_appeals_can_be_withdrawn")]

    operations = [
        migrations.AlterField(
            "batch",
            "key",
            models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="decisions.signingkey"),
        ),
        migrations.AddIndex("batch", models.Index(fields=["key", "-id"], name="batches_of_key")),
    ]
