"""A page's one statement as a function: PostgreSQL plans it once a connection, not once a page.

Planning the join took longer than running it (0.5 against 0.3 ms). A function keeps its plan, also behind
a connection pooler, where prepared statements may not survive.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION feed_live_cards(viewer bigint, ids bigint[])
RETURNS TABLE (note_id bigint, author_id bigint, edited_at bigint, like_count integer,
               author_handle varchar, author_name varchar, author_avatar_id bigint, liked boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT n.id, n.author_id, (extract(epoch FROM n.edited_at) * 1000000)::bigint, n.like_count,
           p.handle, p.name, p.avatar_id,
           EXISTS (SELECT 1 FROM notes_like l WHERE l.note_id = n.id AND l.person_id = viewer)
    FROM notes_note n JOIN accounts_person p ON p.id = n.author_id
    WHERE n.id = ANY (ids) AND n.state = 'published' AND p.is_active
      AND n.author_id <> ALL (ARRAY(
            SELECT b.blocked_id FROM accounts_block b WHERE b.blocker_id = viewer
            UNION ALL
            SELECT b.blocker_id FROM accounts_block b WHERE b.blocked_id = viewer));
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("feed", "0002_first_ranking_rule")]
    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION feed_live_cards(bigint, bigint[])"),
    ]
