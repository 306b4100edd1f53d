"""Weights of the queue are written once: a version is never changed or removed."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER integrity_rows_are_only_added BEFORE UPDATE OR DELETE ON integrity_queueterms
    FOR EACH ROW EXECUTE FUNCTION integrity_refuse_change();
"""
BACKWARD = "DROP TRIGGER integrity_rows_are_only_added ON integrity_queueterms;"


class Migration(migrations.Migration):
    dependencies = [("integrity", "0009_weights_say_who_set_them")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
