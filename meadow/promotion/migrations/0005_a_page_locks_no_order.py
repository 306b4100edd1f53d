"""Noting who met which order checks neither: a check locks the row of the order for all its readers."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('promotion', '0004_people_within_some_time'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='met',
            name='promotion_met_of_person',
        ),
        migrations.RemoveIndex(
            model_name='met',
            name='promotion_met_by_time',
        ),
        migrations.AlterField(
            model_name='met',
            name='order',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='promotion.order'),
        ),
        migrations.AlterField(
            model_name='met',
            name='person',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='met',
            index=models.Index(fields=['person', 'at'], name='promotion_met_by_person'),
        ),
        migrations.AddIndex(
            model_name='met',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='promotion_met_when'),
        ),
    ]
