"""A reply's parent is a comment of the same note that is no reply itself, and stays its parent."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION notes_comment_check_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a comment keeps its note and its parent'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'comment_stays_where_it_is';
    END IF;
    IF NOT EXISTS (
        SELECT FROM notes_comment AS parent
        WHERE parent.id = NEW.parent_id
          AND parent.note_id = NEW.note_id
          AND parent.parent_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a reply hangs under a comment of the same note, never under a reply'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'replies_hang_under_comments_only';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER replies_hang_under_comments_only
    BEFORE INSERT ON notes_comment
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION notes_comment_check_parent();

CREATE TRIGGER comment_stays_where_it_is
    BEFORE UPDATE ON notes_comment
    FOR EACH ROW
    WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id OR OLD.note_id <> NEW.note_id)
    EXECUTE FUNCTION notes_comment_check_parent();
"""

BACKWARD = """
DROP TRIGGER comment_stays_where_it_is ON notes_comment;
DROP TRIGGER replies_hang_under_comments_only ON notes_comment;
DROP FUNCTION notes_comment_check_parent();
"""


class Migration(migrations.Migration):
    dependencies = [("notes", "0001_notes_and_what_readers_do")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
