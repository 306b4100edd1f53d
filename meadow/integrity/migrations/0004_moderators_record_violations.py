"""What moderators record against a rule, and why it was closed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrity', '0003_first_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Violation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('rule', models.CharField(max_length=20)),
                ('words', models.CharField(max_length=1000)),
                ('subject', models.CharField(blank=True, max_length=40)),
                ('moderator_id', models.BigIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-id'], name='violations_of_person')],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('rule__in', ['spam', 'faked_engagement', 'hidden_advertising', 'abuse', 'other'])), name='violation_rule_is_known'),
                    models.CheckConstraint(condition=models.Q(('person__isnull', True), ('words__regex', '^[\\s\\S]{10,}$'), _connector='OR'), name='violation_says_what_happened'),
                    models.CheckConstraint(condition=models.Q(('subject__regex', '^[A-Za-z0-9_:.-]*$')), name='violation_subject_is_an_id'),
                    models.CheckConstraint(condition=models.Q(('person__isnull', True), models.Q(('person', models.F('moderator_id')), _negated=True), _connector='OR'), name='nobody_records_about_themselves'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('served', 'Served'), ('mistaken', 'Mistaken')], max_length=8)),
                ('words', models.CharField(max_length=1000)),
                ('moderator_id', models.BigIntegerField()),
                ('closed_at', models.DateTimeField()),
                ('violation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='closing', to='integrity.violation')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason__in', ['served', 'mistaken'])), name='closing_reason_is_known'),
                    models.CheckConstraint(condition=models.Q(('words', ''), ('words__regex', '^[\\s\\S]{10,}$'), _connector='OR'), name='closing_says_why'),
                ],
            },
        ),
    ]
