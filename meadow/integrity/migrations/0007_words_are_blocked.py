"""Block words and links: added and retired, never changed, each time with a line in the log."""

import django.db.models.deletion
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION integrity_screen_rule_only_retires() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL THEN
        OLD.retired_at := NEW.retired_at;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_rows_are_only_added';
END
$$;
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_screenrule
    FOR EACH ROW EXECUTE FUNCTION integrity_screen_rule_only_retires();
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_screenchange
    FOR EACH ROW EXECUTE FUNCTION integrity_refuse_change();
"""
BACKWARD = """
DROP TRIGGER integrity_rows_are_only_added ON integrity_screenchange;
DROP TRIGGER integrity_rows_are_only_added ON integrity_screenrule;
DROP FUNCTION integrity_screen_rule_only_retires();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('integrity', '0006_things_are_reported'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScreenRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('pattern', models.CharField(max_length=100)),
                ('action', models.CharField(max_length=6)),
                ('scopes', models.JSONField()),
                ('rule', models.CharField(max_length=20)),
                ('created_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('kind', 'pattern'), name='screen_pattern_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['word', 'disguised', 'substring', 'link'])), name='screen_kind_is_known'), models.CheckConstraint(condition=models.Q(('action__in', ['refuse', 'hold', 'flag'])), name='screen_action_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ScreenChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=7)),
                ('operator_id', models.BigIntegerField()),
                ('note', models.CharField(max_length=300)),
                ('changed_at', models.DateTimeField()),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='integrity.screenrule')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('rule', 'what'), name='screen_change_once'), models.CheckConstraint(condition=models.Q(('what__in', ['added', 'retired'])), name='screen_change_is_known'), models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='screen_change_says_why')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
