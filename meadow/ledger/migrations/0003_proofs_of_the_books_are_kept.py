"""What each proof of the books found is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0002_entries_sum_to_zero_and_stay'),
    ]

    operations = [
        migrations.CreateModel(
            name='BooksCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('by', models.CharField(choices=[('clock', 'Clock'), ('command', 'Command'), ('operator', 'Operator')], max_length=8)),
                ('asked_by_id', models.BigIntegerField(null=True)),
                ('asked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('invariants', models.PositiveSmallIntegerField()),
                ('proven', models.PositiveSmallIntegerField(default=0)),
                ('entries', models.BigIntegerField(default=0)),
                ('breaches', models.JSONField(default=list)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('proven__lte', models.F('invariants'))), name='ledger_check_asks_at_most_all'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), models.Q(('proven', models.F('invariants')), ('started_at__isnull', False)), _connector='OR'), name='ledger_check_ended_is_whole')],
            },
        ),
    ]
