"""Comments can be hidden, for everybody but their author."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notes', '0004_people_follow_topics'),
    ]

    operations = [
        migrations.AddField(
            model_name='comment',
            name='hidden_at',
            field=models.DateTimeField(null=True),
        ),
    ]
