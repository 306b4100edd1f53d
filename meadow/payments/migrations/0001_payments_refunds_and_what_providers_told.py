
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
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('account_id', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
                ('unit', models.CharField(max_length=3)),
                ('provider', models.CharField(max_length=20)),
                ('reference', models.CharField(blank=True, db_collation='C', max_length=120)),
                ('key', models.CharField(db_collation='C', max_length=255)),
                ('method', models.CharField(blank=True, max_length=120)),
                ('state', models.CharField(choices=[('opened', 'Opened'), ('waiting', 'Waiting'), ('succeeded', 'Succeeded'), ('failed', 'Failed')], default='opened', max_length=9)),
                ('failure', models.CharField(blank=True, max_length=60)),
                ('trouble', models.CharField(blank=True, max_length=60)),
                ('pay_url', models.TextField(blank=True)),
                ('refunded', models.BigIntegerField(default=0)),
                ('transfer_id', models.BigIntegerField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('looked_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=20)),
                ('event', models.CharField(db_collation='C', max_length=120)),
                ('kind', models.CharField(max_length=80)),
                ('body_hash', models.BinaryField(max_length=32)),
                ('received_at', models.DateTimeField()),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.payment')),
            ],
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('amount', models.BigIntegerField()),
                ('key', models.CharField(db_collation='C', max_length=255)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('reference', models.CharField(blank=True, db_collation='C', max_length=120)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('succeeded', 'Succeeded'), ('failed', 'Failed')], default='asked', max_length=9)),
                ('failure', models.CharField(blank=True, max_length=60)),
                ('asked_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
            ],
        ),
        migrations.CreateModel(
            name='SandboxCharge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('payment', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('amount', models.BigIntegerField()),
                ('unit', models.CharField(max_length=3)),
                ('return_url', models.CharField(max_length=500)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('paid', 'Paid'), ('declined', 'Declined')], default='waiting', max_length=8)),
                ('pays_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='sandbox_charges_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('pays_at__isnull', False), ('state', 'paid')), models.Q(models.Q(('state', 'paid'), _negated=True), ('pays_at__isnull', True)), _connector='OR'), name='sandbox_paid_has_its_time')],
            },
        ),
        migrations.CreateModel(
            name='SandboxRefund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refund', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('amount', models.BigIntegerField()),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.sandboxcharge')),
            ],
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['person', '-id'], name='payments_of_person'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state__in', ['opened', 'waiting'])), fields=['opened_at'], name='payments_waiting'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['provider', 'opened_at'], name='payments_by_day'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('person', 'key'), name='payment_key_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('provider', 'reference'), name='payment_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('transfer_id__isnull', False)), fields=('transfer_id',), name='payment_transfer_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_of_something'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', False), ('state', 'succeeded'), ('transfer_id__isnull', False), models.Q(('reference', ''), _negated=True)), models.Q(models.Q(('state', 'succeeded'), _negated=True), ('settled_at__isnull', True), ('transfer_id__isnull', True)), _connector='OR'), name='payment_succeeded_is_booked'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'waiting'), _negated=True), models.Q(('reference', ''), _negated=True), _connector='OR'), name='payment_waits_at_its_provider'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded', 0), models.Q(('refunded__gt', 0), ('refunded__lte', models.F('amount')), ('state', 'succeeded')), _connector='OR'), name='payment_refunded_within'),
        ),
        migrations.AddConstraint(
            model_name='providerevent',
            constraint=models.UniqueConstraint(fields=('provider', 'event'), name='provider_event_once'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['asked_at'], name='payments_refunds_waiting'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('payment', 'key'), name='refund_key_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_of_something'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='refund_settled_has_its_time'),
        ),
    ]
