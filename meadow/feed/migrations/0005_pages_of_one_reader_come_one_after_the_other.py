"""Two pages of one reader asked for in the same instant share no note."""

from django.db import migrations

# A statement sees what was there when it began. Reading here, after the lock, takes a fresh look: a page
# that waited for another one sees what that one showed. The lock goes when the statement has ended.
FORWARD = """
CREATE FUNCTION feed_shown_since(reader bigint, since timestamptz) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('feed.served', reader));
    RETURN ARRAY(SELECT unnest(note_ids) FROM feed_served WHERE person_id = reader AND at > since);
END
$$;
"""
BACKWARD = "DROP FUNCTION feed_shown_since(bigint, timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("feed", "0004_similar_readers_are_learnt")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
