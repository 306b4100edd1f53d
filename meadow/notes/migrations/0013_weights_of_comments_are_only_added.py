"""Weights of comments say who set them, and are written once: a version is never changed or removed."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION notes_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'notes_rows_are_only_added';
END
$$;
CREATE TRIGGER notes_rows_are_only_added BEFORE UPDATE OR DELETE ON notes_commentweights
    FOR EACH ROW EXECUTE FUNCTION notes_refuse_change();
"""
BACKWARD = """
DROP TRIGGER notes_rows_are_only_added ON notes_commentweights;
DROP FUNCTION notes_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("notes", "0012_topics_are_read_in_one_order")]
    operations = [
        migrations.AddField("commentweights", "operator_id", models.BigIntegerField(null=True)),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
