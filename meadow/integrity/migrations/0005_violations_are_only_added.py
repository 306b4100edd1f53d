"""Violations and closings are written once; erasing somebody empties what was said about them."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION integrity_violation_only_loses_its_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.person_id IS NOT NULL AND NEW.person_id IS NULL THEN
        OLD.person_id := NULL;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            NEW.words := '';
            NEW.subject := '';
            UPDATE integrity_closing SET words = '' WHERE violation_id = NEW.id;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_rows_are_only_added';
END
$$;
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_violation
    FOR EACH ROW EXECUTE FUNCTION integrity_violation_only_loses_its_person();

CREATE FUNCTION integrity_closing_only_loses_its_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only from within the trigger above: nobody else may empty a closing's words.
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.words = '' THEN
        OLD.words := '';
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_rows_are_only_added';
END
$$;
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_closing
    FOR EACH ROW EXECUTE FUNCTION integrity_closing_only_loses_its_words();

-- A closing that is added says why; only erasure leaves one without words.
CREATE FUNCTION integrity_closing_says_why() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.words = '' THEN
        RAISE EXCEPTION 'a closing says why'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closing_says_why';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER integrity_closing_says_why BEFORE INSERT ON integrity_closing
    FOR EACH ROW EXECUTE FUNCTION integrity_closing_says_why();
"""
BACKWARD = """
DROP TRIGGER integrity_closing_says_why ON integrity_closing;
DROP FUNCTION integrity_closing_says_why();
DROP TRIGGER integrity_rows_are_only_added ON integrity_closing;
DROP FUNCTION integrity_closing_only_loses_its_words();
DROP TRIGGER integrity_rows_are_only_added ON integrity_violation;
DROP FUNCTION integrity_violation_only_loses_its_person();
"""


class Migration(migrations.Migration):
    dependencies = [("integrity", "0004_moderators_record_violations")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
