"""Each learning keeps by how much more or less each class of match responds, and what each class brought."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('promotion', '0007_pacing_is_ruled'),
    ]

    operations = [
        migrations.AddField(
            model_name='responsemodel',
            name='affinity',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='responsemodel',
            name='classes',
            field=models.JSONField(default=list),
        ),
    ]
