"""Appeals keep the terms they were opened under; a withdrawn one makes room for another."""

import datetime as dt

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

STANDS = """
CREATE OR REPLACE FUNCTION decisions_answer_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND ({new}) = ({old})
        AND (NEW.words = OLD.words OR NEW.words = '')
        AND (NEW.person_id IS NULL OR NEW.person_id = OLD.person_id)
        AND (OLD.state = 'open' OR (
            (NEW.state, NEW.reviewed_by) = (OLD.state, OLD.reviewed_by)
            AND NEW.answered_at IS NOT DISTINCT FROM OLD.answered_at
            AND NEW.ruling_id IS NOT DISTINCT FROM OLD.ruling_id{withdrawn}
            AND (NEW.answer = OLD.answer OR NEW.answer = '')
            AND (NEW.reviewer_id IS NULL OR NEW.reviewer_id = OLD.reviewer_id)
        ))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an appeal is answered once, and the answer stands'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_answer_stands';
END
$$;
"""
KEPT = ["id", "public_id", "decision_id", "opened_at", "due_at", "decided_by"]
WITHDRAWN = "\n            AND NEW.withdrawn_at IS NOT DISTINCT FROM OLD.withdrawn_at"


def write_stands(kept, withdrawn=""):
    new, old = (", ".join(f"{row}.{name}" for name in kept) for row in ("NEW", "OLD"))
    return STANDS.format(new=new, old=old, withdrawn=withdrawn)


FORWARD = write_stands([*KEPT, "terms_id"], WITHDRAWN) + """
CREATE TRIGGER decisions_rows_are_only_added BEFORE UPDATE OR DELETE ON decisions_appealterms
    FOR EACH ROW EXECUTE FUNCTION decisions_refuse_change();
"""
BACKWARD = """
DROP TRIGGER decisions_rows_are_only_added ON decisions_appealterms;
""" + write_stands(KEPT)


def add_first_terms(apps, schema_editor):
    apps.get_model("decisions", "AppealTerms").objects.create(
        number=1, answer_days=7, active_from=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    )


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_decisions_are_only_added")]

    operations = [
        migrations.CreateModel(
            name="AppealTerms",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("answer_days", models.PositiveSmallIntegerField()),
                ("active_from", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("operator_id", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(name="appeals_are_answered_in_days", condition=Q(answer_days__gte=1, answer_days__lte=60)),
                ],
            },
        ),
        migrations.RunPython(add_first_terms, migrations.RunPython.noop),
        migrations.AddField("appeal", "overdue_told_at", models.DateTimeField(null=True)),
        migrations.AddField("appeal", "withdrawn_at", models.DateTimeField(null=True)),
        # Those that were opened before have the only terms that there were.
        migrations.AddField(
            "appeal",
            "terms",
            models.ForeignKey(db_index=False, default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="decisions.appealterms"),
            preserve_default=False,
        ),
        migrations.AlterField(
            "appeal",
            "decision",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="decisions.decision"),
        ),
        migrations.AddConstraint(
            "appeal",
            models.UniqueConstraint(name="appeal_stands_once", fields=["decision"], condition=~Q(state="withdrawn")),
        ),
        migrations.AddConstraint(
            "appeal",
            models.CheckConstraint(
                name="appeal_is_withdrawn_when_it_says_so",
                condition=Q(withdrawn_at__isnull=True) | Q(state="withdrawn", withdrawn_at__gte=F("opened_at")),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
