"""What was changed about a program is written once: its rows are never changed or removed."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION programs_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'programs_rows_are_only_added';
END
$$;
CREATE TRIGGER programs_rows_are_only_added BEFORE UPDATE OR DELETE ON programs_changelog
    FOR EACH ROW EXECUTE FUNCTION programs_refuse_change();
CREATE FUNCTION programs_refuse_new_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a rule that was published stays as it is'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'published_rules_stay';
END
$$;
CREATE TRIGGER published_rules_stay BEFORE UPDATE OF rule, number, program_id ON programs_ruleversion
    FOR EACH ROW WHEN (OLD.state <> 'draft'
        AND (NEW.rule, NEW.number, NEW.program_id) IS DISTINCT FROM (OLD.rule, OLD.number, OLD.program_id))
    EXECUTE FUNCTION programs_refuse_new_rule();
CREATE TRIGGER published_rules_remain BEFORE DELETE ON programs_ruleversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION programs_refuse_new_rule();
"""
BACKWARD = """
DROP TRIGGER published_rules_remain ON programs_ruleversion;
DROP TRIGGER published_rules_stay ON programs_ruleversion;
DROP FUNCTION programs_refuse_new_rule();
DROP TRIGGER programs_rows_are_only_added ON programs_changelog;
DROP FUNCTION programs_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_programs_gate_capabilities")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
