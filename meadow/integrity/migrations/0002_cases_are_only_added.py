"""Rules, cases and what was taken back are written once: rows are never changed or removed."""

from django.db import migrations

TABLES = ("integrity_detectorrule", "integrity_case", "integrity_takeback")
FORWARD = """
CREATE FUNCTION integrity_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'integrity_rows_are_only_added';
END
$$;
""" + "".join(
    f"CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION integrity_refuse_change();\n"
    for table in TABLES
)
BACKWARD = (
    "".join(f"DROP TRIGGER integrity_rows_are_only_added ON {table};\n" for table in TABLES)
    + "DROP FUNCTION integrity_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("integrity", "0001_detectors_decide_cases")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
