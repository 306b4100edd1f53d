"""What a page notes of its reader is committed at once and written to disk a moment later."""

from django.db import migrations

# A crash of the server loses what was noted in its last moments: an order may be met once more than its cap
# allows, a note come again. No page waits for the disk on that account. It holds for the transaction that
# the page's statement is; the switch goes with it.
FORWARD = """
CREATE OR REPLACE FUNCTION feed_shown_since(reader bigint, since timestamptz) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('feed.served', reader)),
            set_config('synchronous_commit', 'off', true);
    RETURN ARRAY(SELECT unnest(note_ids) FROM feed_served WHERE person_id = reader AND at > since);
END
$$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION feed_shown_since(reader bigint, since timestamptz) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('feed.served', reader));
    RETURN ARRAY(SELECT unnest(note_ids) FROM feed_served WHERE person_id = reader AND at > since);
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("feed", "0007_a_reader_meets_an_order_as_often_as_it_may")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
