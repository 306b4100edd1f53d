"""Two operators move, the terms of it have versions, and what was decided stays."""

import datetime as dt

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


TERMS = {
    "payments": 60,
    "refunds": 1440,
    "payouts": 1440,
    "proposals": 2880,
    "holds": 43200,
    "ended-holds": 15,
    "news": 60,
    "differences": 1440,
    "jobs": 0,
}
FORWARD = """
CREATE FUNCTION finance_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'finance_terms_stay';
END
$$;
CREATE TRIGGER finance_terms_stay BEFORE UPDATE OR DELETE ON finance_terms
    FOR EACH ROW EXECUTE FUNCTION finance_terms_stay();
CREATE FUNCTION finance_decided_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.public_id, NEW.key, NEW.kind, NEW.from_account_id, NEW.to_account_id, NEW.amount,
             NEW.unit, NEW.reference, NEW.proposed_at, NEW.expires_at, NEW.terms_id)
          = (OLD.public_id, OLD.key, OLD.kind, OLD.from_account_id, OLD.to_account_id, OLD.amount,
             OLD.unit, OLD.reference, OLD.proposed_at, OLD.expires_at, OLD.terms_id)
        AND (NEW.from_person_id IS NULL OR NEW.from_person_id = OLD.from_person_id)
        AND (NEW.to_person_id IS NULL OR NEW.to_person_id = OLD.to_person_id)
        AND (NEW.proposed_by_id IS NULL OR NEW.proposed_by_id = OLD.proposed_by_id)
        AND NEW.words = OLD.words
        AND (OLD.state = 'waiting' OR (
            (NEW.state, NEW.answer) = (OLD.state, OLD.answer)
            AND NEW.decided_at IS NOT DISTINCT FROM OLD.decided_at
            AND (NEW.decided_by_id IS NULL OR NEW.decided_by_id = OLD.decided_by_id)
            -- Below zero between the claim and the posting of one transaction.
            AND (OLD.transfer_id < 0 OR NEW.transfer_id IS NOT DISTINCT FROM OLD.transfer_id)
            AND OLD.transfer IN ('', NEW.transfer)
            AND OLD.decision IN ('', NEW.decision)
            AND OLD.given_back IN ('', NEW.given_back)
        ))
    THEN
        -- Words about somebody who is erased go with them.
        IF (OLD.from_person_id IS NOT NULL AND NEW.from_person_id IS NULL)
            OR (OLD.to_person_id IS NOT NULL AND NEW.to_person_id IS NULL)
        THEN
            NEW.words := '';
            NEW.reference := '';
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a transfer by hand is decided once, and stays as it was proposed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'finance_decided_stays';
END
$$;
CREATE TRIGGER finance_decided_stays BEFORE UPDATE OR DELETE ON finance_proposal
    FOR EACH ROW EXECUTE FUNCTION finance_decided_stays();
"""
BACKWARD = """
DROP TRIGGER finance_decided_stays ON finance_proposal;
DROP FUNCTION finance_decided_stays();
DROP TRIGGER finance_terms_stay ON finance_terms;
DROP FUNCTION finance_terms_stay();
"""


def add_first_terms(apps, schema_editor):
    apps.get_model("finance", "Terms").objects.create(
        number=1,
        proposal_days=7,
        appeal_days=30,
        stuck_after=TERMS,
        active_from=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('proposal_days', models.PositiveSmallIntegerField()),
                ('appeal_days', models.PositiveSmallIntegerField()),
                ('stuck_after', models.JSONField(default=dict)),
                ('active_from', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=500)),
                ('operator_id', models.BigIntegerField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('proposal_days__range', (1, 60))), name='finance_proposals_wait_days'), models.CheckConstraint(condition=models.Q(('appeal_days__range', (7, 365))), name='finance_appeals_have_days')],
            },
        ),
        migrations.CreateModel(
            name='Resolution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('subject', models.CharField(choices=[('difference', 'Difference'), ('news', 'News')], max_length=10)),
                ('name', models.CharField(db_collation='C', max_length=250)),
                ('told', models.JSONField(default=dict)),
                ('words', models.CharField(max_length=500)),
                ('resolved_at', models.DateTimeField()),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'name'), name='finance_resolved_once')],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(db_collation='C', max_length=24, unique=True)),
                ('key', models.CharField(db_collation='C', max_length=80)),
                ('kind', models.CharField(choices=[('correction', 'Correction'), ('goodwill', 'Goodwill'), ('write_off', 'Write Off'), ('chargeback', 'Chargeback')], max_length=10)),
                ('from_account_id', models.BigIntegerField()),
                ('to_account_id', models.BigIntegerField()),
                ('amount', models.BigIntegerField()),
                ('unit', models.CharField(max_length=3)),
                ('words', models.CharField(max_length=500)),
                ('reference', models.CharField(blank=True, max_length=60)),
                ('proposed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('posted', 'Posted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], default='waiting', max_length=9)),
                ('decided_at', models.DateTimeField(null=True)),
                ('answer', models.CharField(blank=True, max_length=500)),
                ('transfer_id', models.BigIntegerField(null=True)),
                ('transfer', models.CharField(blank=True, db_collation='C', max_length=24)),
                ('decision', models.CharField(blank=True, db_collation='C', max_length=24)),
                ('given_back', models.CharField(blank=True, db_collation='C', max_length=24)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to_person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('terms', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='finance.terms')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['proposed_at', 'public_id'], name='finance_proposals_waiting'), models.Index(condition=models.Q(('decision', ''), _negated=True), fields=['decision'], name='finance_proposals_decisions')],
                'constraints': [models.UniqueConstraint(fields=('proposed_by', 'key'), name='finance_key_once'), models.UniqueConstraint(condition=models.Q(('transfer_id__isnull', False)), fields=('transfer_id',), name='finance_transfer_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='finance_moves_something'), models.CheckConstraint(condition=models.Q(('from_account_id', models.F('to_account_id')), _negated=True), name='finance_moves_between_two'), models.CheckConstraint(condition=models.Q(('proposed_by__isnull', True), ('decided_by__isnull', True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='finance_two_operators'), models.CheckConstraint(condition=models.Q(('proposed_by__isnull', True), models.Q(models.Q(('from_person__isnull', True), models.Q(('from_person', models.F('proposed_by')), _negated=True), _connector='OR'), models.Q(('to_person__isnull', True), models.Q(('to_person', models.F('proposed_by')), _negated=True), _connector='OR')), _connector='OR'), name='finance_proposer_is_not_concerned'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(models.Q(('from_person__isnull', True), models.Q(('from_person', models.F('decided_by')), _negated=True), _connector='OR'), models.Q(('to_person__isnull', True), models.Q(('to_person', models.F('decided_by')), _negated=True), _connector='OR')), _connector='OR'), name='finance_approver_is_not_concerned'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'posted'), ('transfer_id__isnull', False)), models.Q(models.Q(('state', 'posted'), _negated=True), ('transfer_id__isnull', True)), _connector='OR'), name='finance_posted_has_its_transfer'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='finance_decided_has_its_time')],
            },
        ),
        migrations.RunPython(add_first_terms, migrations.RunPython.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
