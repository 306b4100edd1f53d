"""How many people come within some time is kept, for forecasts."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('promotion', '0003_reports_of_processes_come_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='PeopleWithin',
            fields=[
                ('hours', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('people', models.FloatField()),
                ('pages', models.FloatField()),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('hours__gte', 1), ('pages__gte', 0), ('people__gte', 0)), name='promotion_people_within_some_time')],
            },
        ),
    ]
