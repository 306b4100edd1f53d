"""Which orders changed since a moment is found by an index, and not by reading all that are live."""

from django.db import migrations, models

# The number of the writing transaction, and not one drawn from a sequence or a clock: those are drawn before
# the commit, so that a reader might pass over one that commits late. All below the oldest transaction that
# runs at a look are over and were seen by it; the next look reads from that one on.
FORWARD = """
CREATE FUNCTION promotion_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END
$$;
CREATE TRIGGER promotion_note_new BEFORE INSERT ON promotion_order
    FOR EACH ROW EXECUTE FUNCTION promotion_note_change();
CREATE TRIGGER promotion_note_change BEFORE UPDATE ON promotion_order
    FOR EACH ROW
    WHEN ((NEW.state, NEW.goal, NEW.audience, NEW.starts_at, NEW.ends_at, NEW.changed)
          IS DISTINCT FROM (OLD.state, OLD.goal, OLD.audience, OLD.starts_at, OLD.ends_at, OLD.changed))
    EXECUTE FUNCTION promotion_note_change();
CREATE TRIGGER promotion_note_new BEFORE INSERT ON promotion_prediction
    FOR EACH ROW EXECUTE FUNCTION promotion_note_change();
CREATE TRIGGER promotion_note_change BEFORE UPDATE ON promotion_prediction
    FOR EACH ROW
    WHEN ((NEW.rate, NEW.quality, NEW.changed) IS DISTINCT FROM (OLD.rate, OLD.quality, OLD.changed))
    EXECUTE FUNCTION promotion_note_change();
"""
BACKWARD = """
DROP TRIGGER promotion_note_change ON promotion_prediction;
DROP TRIGGER promotion_note_new ON promotion_prediction;
DROP TRIGGER promotion_note_change ON promotion_order;
DROP TRIGGER promotion_note_new ON promotion_order;
DROP FUNCTION promotion_note_change();
"""


def number() -> models.Field:
    """Return the column of both tables."""
    return models.BigIntegerField(db_index=True, default=0, editable=False)


class Migration(migrations.Migration):
    dependencies = [("promotion", "0005_a_page_locks_no_order")]
    operations = [
        migrations.AddField("order", "changed", number()),
        migrations.AddField("prediction", "changed", number()),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
