"""Two pages of one reader asked for in the same instant count what each other had them meet."""

from django.db import migrations

# As feed_shown_since: read after the lock, or a page that waited would not see what the other one counted.
FORWARD = """
CREATE FUNCTION feed_met_since(reader bigint, since timestamptz)
RETURNS TABLE (order_id bigint, at timestamptz, held_out boolean)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('feed.served', reader));
    RETURN QUERY SELECT m.order_id, m.at, m.held_out FROM promotion_met m
        WHERE m.person_id = reader AND m.at > since;
END
$$;
"""
BACKWARD = "DROP FUNCTION feed_met_since(bigint, timestamptz);"


class Migration(migrations.Migration):
    dependencies = [
        ("feed", "0006_similar_readers_are_packed_smaller"),
        ("promotion", "0002_what_was_ordered_stays"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
