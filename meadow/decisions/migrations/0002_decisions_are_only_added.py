"""Keys, batches and decisions are written once; a subject only loses its person; an answer stands."""

from django.db import migrations

ONLY_ADDED = ("decisions_signingkey", "decisions_batch", "decisions_decision")
FORWARD = (
    """
CREATE FUNCTION decisions_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_rows_are_only_added';
END
$$;
"""
    + "".join(
        f"CREATE TRIGGER decisions_rows_are_only_added BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION decisions_refuse_change();\n"
        for table in ONLY_ADDED
    )
    + """
-- Rows come first, then their batch, which is signed over all of them.
CREATE FUNCTION decisions_added_together() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT batch_id, count(*) AS rows, min(place) AS first, max(place) AS last
            FROM added GROUP BY batch_id
        ) one
        WHERE one.first <> 0 OR one.last <> one.rows - 1
            OR EXISTS (SELECT FROM decisions_batch batch WHERE batch.id = one.batch_id)
    ) THEN
        RAISE EXCEPTION 'the decisions of a batch are added together, each at its place'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_added_together';
    END IF;
    IF EXISTS (
        SELECT FROM added WHERE NOT EXISTS (
            SELECT FROM decisions_subject subject WHERE subject.id = added.subject_id
        )
    ) THEN
        RAISE EXCEPTION 'a decision is about somebody'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'decisions_subject_exists';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER decisions_added_together AFTER INSERT ON decisions_decision
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION decisions_added_together();

CREATE FUNCTION decisions_batch_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size <> (SELECT count(*) FROM decisions_decision one WHERE one.batch_id = NEW.id) THEN
        RAISE EXCEPTION 'a batch is as large as it says'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_batch_is_whole';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER decisions_batch_is_whole AFTER INSERT ON decisions_batch
    FOR EACH ROW EXECUTE FUNCTION decisions_batch_is_whole();

CREATE FUNCTION decisions_batch_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM decisions_batch batch WHERE batch.id = NEW.batch_id) THEN
        RAISE EXCEPTION 'no decision without the batch that signs it'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'decisions_batch_is_signed';
    END IF;
    RETURN NULL;
END
$$;
-- Every batch has a first place: one look at commit stands for all its rows.
CREATE CONSTRAINT TRIGGER decisions_batch_is_signed AFTER INSERT ON decisions_decision
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.place = 0) EXECUTE FUNCTION decisions_batch_is_signed();

CREATE FUNCTION decisions_subject_only_loses_its_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.name = OLD.name
        AND (NEW.person_id IS NULL OR NEW.person_id = OLD.person_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a subject only ever loses its person'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_subject_only_loses_its_person';
END
$$;
CREATE TRIGGER decisions_subject_only_loses_its_person
    BEFORE UPDATE OR DELETE ON decisions_subject
    FOR EACH ROW EXECUTE FUNCTION decisions_subject_only_loses_its_person();

CREATE FUNCTION decisions_forget_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE decisions_appeal appeal
    SET words = '', answer = '', person_id = NULL,
        state = CASE WHEN appeal.state = 'open' THEN 'withdrawn' ELSE appeal.state END
    FROM decisions_decision decision
    WHERE decision.id = appeal.decision_id AND decision.subject_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER decisions_forget_words AFTER UPDATE ON decisions_subject
    FOR EACH ROW WHEN (NEW.person_id IS NULL AND OLD.person_id IS NOT NULL)
    EXECUTE FUNCTION decisions_forget_words();

CREATE FUNCTION decisions_answer_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.public_id, NEW.decision_id, NEW.opened_at, NEW.due_at, NEW.decided_by)
            = (OLD.id, OLD.public_id, OLD.decision_id, OLD.opened_at, OLD.due_at, OLD.decided_by)
        AND (NEW.words = OLD.words OR NEW.words = '')
        AND (NEW.person_id IS NULL OR NEW.person_id = OLD.person_id)
        AND (OLD.state = 'open' OR (
            (NEW.state, NEW.reviewed_by) = (OLD.state, OLD.reviewed_by)
            AND NEW.answered_at IS NOT DISTINCT FROM OLD.answered_at
            AND NEW.ruling_id IS NOT DISTINCT FROM OLD.ruling_id
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
CREATE TRIGGER decisions_answer_stands BEFORE UPDATE OR DELETE ON decisions_appeal
    FOR EACH ROW EXECUTE FUNCTION decisions_answer_stands();
"""
)
BACKWARD = """
DROP TRIGGER decisions_answer_stands ON decisions_appeal;
DROP FUNCTION decisions_answer_stands();
DROP TRIGGER decisions_forget_words ON decisions_subject;
DROP FUNCTION decisions_forget_words();
DROP TRIGGER decisions_subject_only_loses_its_person ON decisions_subject;
DROP FUNCTION decisions_subject_only_loses_its_person();
DROP TRIGGER decisions_batch_is_signed ON decisions_decision;
DROP FUNCTION decisions_batch_is_signed();
DROP TRIGGER decisions_batch_is_whole ON decisions_batch;
DROP FUNCTION decisions_batch_is_whole();
DROP TRIGGER decisions_added_together ON decisions_decision;
DROP FUNCTION decisions_added_together();
""" + (
    "".join(f"DROP TRIGGER decisions_rows_are_only_added ON {table};\n" for table in ONLY_ADDED)
    + "DROP FUNCTION decisions_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_decisions_are_signed_by_batch")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
