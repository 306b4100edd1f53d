"""Limits of detectors, the cases they decide, what was taken back, and how far they looked."""


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ScanMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('life', models.BigIntegerField(unique=True)),
                ('batch', models.BigIntegerField()),
                ('scanned_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='DetectorRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detector', models.CharField(max_length=20)),
                ('version', models.PositiveIntegerField()),
                ('parameters', models.JSONField()),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('detector', 'version'), name='rule_version_once'), models.CheckConstraint(condition=models.Q(('detector__in', ['clockwork', 'impossible_rate'])), name='detector_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('subject', models.CharField(max_length=64)),
                ('signed_in', models.BooleanField()),
                ('evidence', models.JSONField()),
                ('window_from', models.DateTimeField()),
                ('window_to', models.DateTimeField()),
                ('facts', models.PositiveIntegerField()),
                ('judged', models.BinaryField()),
                ('decided_at', models.DateTimeField()),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integrity.detectorrule')),
            ],
        ),
        migrations.CreateModel(
            name='TakeBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operator_id', models.BigIntegerField()),
                ('reason', models.CharField(max_length=500)),
                ('taken_back_at', models.DateTimeField()),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='taken_back', to='integrity.case')),
            ],
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['subject', '-id'], name='cases_of_subject'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('facts__gte', 1)), name='case_judges_something'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('window_from__lte', models.F('window_to'))), name='case_window_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='takeback',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='take_back_has_a_reason'),
        ),
    ]
