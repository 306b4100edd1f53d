"""Reports, the queue and what was done; what is written stays, and erasing people empties words."""

import datetime as dt

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models



FIRST_TERMS = {
    "severity": {
        "minors": 100,
        "self_harm": 90,
        "hate": 60,
        "scam": 60,
        "nudity": 50,
        "screened": 40,
        "intellectual_property": 30,
        "undisclosed_ad": 30,
        "spam": 20,
        "other": 10,
    },
    "people": 10,
    "reach": 5,
    "urgent_from": 90,
    "claim_minutes": 15,
    "appeal_days": 180,
}
FORWARD = """
CREATE FUNCTION integrity_inquiry_only_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.outcome <> '' AND (OLD.outcome, OLD.closed_at)
            IS DISTINCT FROM (NEW.outcome, NEW.closed_at) THEN
        RAISE EXCEPTION 'an inquiry is decided once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_inquiry_decided_once';
    END IF;
    -- Erasing the author empties what was kept of their words, and what was said about them.
    IF OLD.author_id IS NOT NULL AND NEW.author_id IS NULL THEN
        NEW.found := '[]';
        UPDATE integrity_snapshot SET content = '{}' WHERE inquiry_id = NEW.id;
        UPDATE integrity_action SET words = '' WHERE inquiry_id = NEW.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER integrity_inquiry_only_moves BEFORE UPDATE OR DELETE ON integrity_inquiry
    FOR EACH ROW EXECUTE FUNCTION integrity_inquiry_only_moves();

CREATE FUNCTION integrity_snapshot_only_loses_its_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.content = '{}' THEN
        OLD.content := NEW.content;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_rows_are_only_added';
END
$$;
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_snapshot
    FOR EACH ROW EXECUTE FUNCTION integrity_snapshot_only_loses_its_content();

-- What a closing may lose, an action may: its words, and only where its author is erased.
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_action
    FOR EACH ROW EXECUTE FUNCTION integrity_closing_only_loses_its_words();

CREATE FUNCTION integrity_report_only_loses_its_reporter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.reporter_id IS NOT NULL AND NEW.reporter_id IS NULL THEN
        OLD.reporter_id := NULL;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            NEW.words := '';
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_rows_are_only_added';
END
$$;
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_report
    FOR EACH ROW EXECUTE FUNCTION integrity_report_only_loses_its_reporter();
"""
BACKWARD = """
DROP TRIGGER integrity_rows_are_only_added ON integrity_report;
DROP FUNCTION integrity_report_only_loses_its_reporter();
DROP TRIGGER integrity_rows_are_only_added ON integrity_action;
DROP TRIGGER integrity_rows_are_only_added ON integrity_snapshot;
DROP FUNCTION integrity_snapshot_only_loses_its_content();
DROP TRIGGER integrity_inquiry_only_moves ON integrity_inquiry;
DROP FUNCTION integrity_inquiry_only_moves();
"""


def add_terms(apps, schema_editor):
    apps.get_model("integrity", "QueueTerms").objects.create(
        version=1, parameters=FIRST_TERMS, created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )


class Migration(migrations.Migration):

    dependencies = [
        ('integrity', '0005_violations_are_only_added'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('kind', models.CharField(choices=[('dismiss', 'Dismiss'), ('warn', 'Warn'), ('hide', 'Hide'), ('restore', 'Restore')], max_length=10)),
                ('moderator_id', models.BigIntegerField(null=True)),
                ('rule', models.CharField(blank=True, max_length=20)),
                ('words', models.CharField(blank=True, max_length=1000)),
                ('decision', models.CharField(blank=True, max_length=24)),
                ('violation', models.CharField(blank=True, max_length=24)),
                ('done_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Inquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=24)),
                ('found', models.JSONField(default=list)),
                ('opened_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('reports', models.PositiveIntegerField(default=0)),
                ('priority', models.PositiveIntegerField(default=0)),
                ('claimed_by_id', models.BigIntegerField(null=True)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('', 'Open'), ('dismissed', 'Dismissed'), ('warned', 'Warned'), ('hidden', 'Hidden')], default='', max_length=10)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='QueueTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('parameters', models.JSONField()),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('reason', models.CharField(max_length=30)),
                ('words', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('taken_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='violation',
            name='violation_rule_is_known',
        ),
        migrations.AddConstraint(
            model_name='violation',
            constraint=models.CheckConstraint(condition=models.Q(('rule__in', ['spam', 'faked_engagement', 'hidden_advertising', 'abuse', 'nudity', 'scam', 'self_harm', 'minors', 'copied', 'other'])), name='violation_rule_is_known'),
        ),
        migrations.AddField(
            model_name='inquiry',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='action',
            name='inquiry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='integrity.inquiry'),
        ),
        migrations.AddField(
            model_name='report',
            name='inquiry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='said', to='integrity.inquiry'),
        ),
        migrations.AddField(
            model_name='report',
            name='reporter',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='snapshot',
            name='inquiry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='integrity.inquiry'),
        ),
        migrations.AddField(
            model_name='report',
            name='snapshot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integrity.snapshot'),
        ),
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(condition=models.Q(('outcome', '')), fields=['-priority', 'id'], name='inquiries_to_decide'),
        ),
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(fields=['author', '-id'], name='inquiries_of_author'),
        ),
        migrations.AddIndex(
            model_name='inquiry',
            index=models.Index(fields=['kind', 'subject', '-id'], name='inquiries_of_subject'),
        ),
        migrations.AddConstraint(
            model_name='inquiry',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('kind', 'subject'), name='one_open_inquiry_a_subject'),
        ),
        migrations.AddConstraint(
            model_name='inquiry',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['', 'dismissed', 'warned', 'hidden'])), name='inquiry_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='inquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('outcome', '')), models.Q(models.Q(('outcome', ''), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='inquiry_closed_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='inquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claimed_by_id__isnull', True), ('claimed_until__isnull', True)), models.Q(('claimed_by_id__isnull', False), ('claimed_until__isnull', False)), _connector='OR'), name='inquiry_claim_has_an_end'),
        ),
        migrations.AddIndex(
            model_name='action',
            index=models.Index(fields=['-done_at'], name='actions_recent'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.UniqueConstraint(condition=models.Q(('decision', ''), _negated=True), fields=('decision',), name='action_of_a_decision'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['dismiss', 'warn', 'hide', 'restore'])), name='action_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='action',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['warn', 'hide']), _negated=True), models.Q(('decision', ''), ('rule', ''), _connector='OR', _negated=True), _connector='OR'), name='what_restricts_has_a_decision'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(fields=('inquiry', 'digest'), name='snapshot_once'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['reporter', '-id'], name='reports_of_person'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('inquiry', 'reporter'), name='one_report_a_person'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', 'other'), _negated=True), ('reporter__isnull', True), models.Q(('words', ''), _negated=True), _connector='OR'), name='other_report_has_words'),
        ),
        migrations.RunPython(add_terms, migrations.RunPython.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
