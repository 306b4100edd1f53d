import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('kind', models.CharField(max_length=60)),
                ('params', models.JSONField()),
                ('url', models.CharField(max_length=300)),
                ('key', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['person', '-id'], name='notifications_of_person'),
                    models.Index(condition=models.Q(('read_at__isnull', True)), fields=['person'], name='notifications_unread'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('person', 'key'), name='notification_key_once'),
                    models.CheckConstraint(condition=models.Q(('url__regex', '^/([^/\\\\]|$)')), name='notification_leads_into_the_site'),
                    models.CheckConstraint(condition=models.Q(('read_at__isnull', True), ('read_at__gte', models.F('created_at')), _connector='OR'), name='notification_is_read_after_it_came'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('notification', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='letter', serialize=False, to='notifications.notification')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('unwanted', 'Unwanted'), ('refused', 'Refused')], default='waiting', max_length=8)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sent', 'unwanted', 'refused'])), name='letter_state_is_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='letter_is_settled_when_it_says_so'),
                ],
            },
        ),
        migrations.CreateModel(
            name='NotificationPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(max_length=30)),
                ('email', models.BooleanField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('person', 'group'), name='preference_once_a_group'),
                ],
            },
        ),
    ]
