"""Charges, captures and returns; what was asked stays, and each answer and end is given once."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION charges_charge_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'charges are kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charges_are_kept';
    END IF;
    IF (NEW.public_id, NEW.key, NEW.most, NEW.unit, NEW.title, NEW.description, NEW.reference,
        NEW.asked_at, NEW.expires_at)
        IS DISTINCT FROM
       (OLD.public_id, OLD.key, OLD.most, OLD.unit, OLD.title, OLD.description, OLD.reference,
        OLD.asked_at, OLD.expires_at)
        OR NEW.person_id <> OLD.person_id
        OR NEW.asked_by_id <> OLD.asked_by_id
        OR (OLD.hold_id IS NOT NULL AND NEW.hold_id IS DISTINCT FROM OLD.hold_id)
        OR NEW.captured < OLD.captured
        OR (NEW.captured > OLD.captured AND OLD.state <> 'agreed')
        OR NEW.returned < OLD.returned
        OR (NEW.state <> OLD.state AND NOT (
            OLD.state = 'asked' AND NEW.state IN ('agreed', 'declined', 'voided', 'expired')
            OR OLD.state = 'agreed' AND NEW.state IN ('captured', 'voided', 'expired'))) THEN
        RAISE EXCEPTION 'what was asked for stays, and is answered and ended once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_stays_what_it_is';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER charge_stays_what_it_is BEFORE UPDATE OR DELETE ON charges_charge
    FOR EACH ROW EXECUTE FUNCTION charges_charge_stays();

CREATE FUNCTION charges_capture_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.public_id, NEW.charge_id, NEW.key, NEW.amount, NEW.transfer_id)
        IS DISTINCT FROM (OLD.public_id, OLD.charge_id, OLD.key, OLD.amount, OLD.transfer_id)
        OR NEW.returned < OLD.returned THEN
        RAISE EXCEPTION 'what was captured stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'capture_stays_what_it_is';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER capture_stays_what_it_is BEFORE UPDATE OR DELETE ON charges_capture
    FOR EACH ROW EXECUTE FUNCTION charges_capture_stays();

CREATE FUNCTION charges_return_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.public_id, NEW.charge_id, NEW.key, NEW.amount, NEW.note)
        IS DISTINCT FROM (OLD.public_id, OLD.charge_id, OLD.key, OLD.amount, OLD.note) THEN
        RAISE EXCEPTION 'what was given back stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'return_stays_what_it_is';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER return_stays_what_it_is BEFORE UPDATE OR DELETE ON charges_return
    FOR EACH ROW EXECUTE FUNCTION charges_return_stays();
"""
BACKWARD = """
DROP TRIGGER return_stays_what_it_is ON charges_return;
DROP FUNCTION charges_return_stays();
DROP TRIGGER capture_stays_what_it_is ON charges_capture;
DROP FUNCTION charges_capture_stays();
DROP TRIGGER charge_stays_what_it_is ON charges_charge;
DROP FUNCTION charges_charge_stays();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('key', models.CharField(db_collation='C', max_length=255)),
                ('most', models.BigIntegerField()),
                ('unit', models.CharField(max_length=3)),
                ('title', models.CharField(max_length=80)),
                ('description', models.CharField(blank=True, max_length=500)),
                ('reference', models.CharField(blank=True, max_length=120)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('agreed', 'Agreed'), ('declined', 'Declined'), ('captured', 'Captured'), ('voided', 'Voided'), ('expired', 'Expired')], default='asked', max_length=8)),
                ('hold_id', models.BigIntegerField(null=True)),
                ('captured', models.BigIntegerField(default=0)),
                ('returned', models.BigIntegerField(default=0)),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Capture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('key', models.CharField(db_collation='C', max_length=255)),
                ('amount', models.BigIntegerField()),
                ('closes', models.BooleanField()),
                ('returned', models.BigIntegerField(default=0)),
                ('transfer_id', models.BigIntegerField(unique=True)),
                ('captured_at', models.DateTimeField()),
                ('captured_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='captures', to='charges.charge')),
            ],
        ),
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('key', models.CharField(db_collation='C', max_length=255)),
                ('amount', models.BigIntegerField()),
                ('note', models.CharField(max_length=200)),
                ('returned_at', models.DateTimeField()),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='charges.charge')),
                ('returned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(fields=['person', '-id'], name='charges_of_person'),
        ),
        migrations.AddIndex(
            model_name='charge',
            index=models.Index(condition=models.Q(('state__in', ['asked', 'agreed'])), fields=['expires_at'], name='charges_due'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.UniqueConstraint(fields=('asked_by', 'key'), name='charge_key_once'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.UniqueConstraint(condition=models.Q(('hold_id__isnull', False)), fields=('hold_id',), name='charge_hold_once'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('most__gt', 0)), name='charge_of_something'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('asked_by')), _negated=True), name='charge_is_not_asked_of_oneself'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('asked_at')), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('asked_at'), '+', models.Value(datetime.timedelta(days=30))))), name='charge_ends_in_time'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(('captured__gte', 0), ('captured__lte', models.F('most')), ('returned__gte', 0), ('returned__lte', models.F('captured'))), name='charge_captured_within'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('captured', 0), ('hold_id__isnull', True), ('state__in', ['asked', 'declined'])), models.Q(('answered_at__isnull', False), ('hold_id__isnull', False), ('state__in', ['agreed', 'captured'])), models.Q(('hold_id__isnull', False), ('state__in', ['voided', 'expired'])), models.Q(('captured', 0), ('hold_id__isnull', True), ('state__in', ['voided', 'expired'])), _connector='OR'), name='charge_holds_what_was_agreed'),
        ),
        migrations.AddConstraint(
            model_name='charge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state__in', ['asked', 'agreed'])), models.Q(models.Q(('state__in', ['asked', 'agreed']), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='charge_closed_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='capture',
            constraint=models.UniqueConstraint(fields=('charge', 'key'), name='capture_key_once'),
        ),
        migrations.AddConstraint(
            model_name='capture',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('returned__gte', 0), ('returned__lte', models.F('amount'))), name='capture_returned_within'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.UniqueConstraint(fields=('charge', 'key'), name='return_key_once'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='return_of_something'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
