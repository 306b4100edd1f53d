"""Whoever is erased leaves empty places where others replied to them: emptied and uncounted here."""

from django.conf import settings
from django.db import migrations, models

import meadow.notes.models.comments

# The author of a comment changes only when they are erased (`leave_places`).
FORWARD = """
CREATE FUNCTION notes_comment_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.body := '–';
    NEW.deleted_at := coalesce(NEW.deleted_at, now());
    NEW.pinned_at := NULL;
    DELETE FROM notes_commentedit WHERE comment_id = NEW.id;
    RETURN NEW;
END
$$;
CREATE TRIGGER what_the_erased_wrote_is_emptied BEFORE UPDATE OF author_id ON notes_comment
    FOR EACH ROW WHEN (NEW.author_id <> OLD.author_id) EXECUTE FUNCTION notes_comment_empty();

CREATE FUNCTION notes_comment_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE notes_note SET comment_count = comment_count - 1 WHERE id = NEW.note_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER what_the_erased_wrote_is_uncounted AFTER UPDATE OF author_id ON notes_comment
    FOR EACH ROW WHEN (NEW.author_id <> OLD.author_id AND OLD.stands)
    EXECUTE FUNCTION notes_comment_emptied();
"""
BACKWARD = """
DROP TRIGGER what_the_erased_wrote_is_uncounted ON notes_comment;
DROP TRIGGER what_the_erased_wrote_is_emptied ON notes_comment;
DROP FUNCTION notes_comment_emptied();
DROP FUNCTION notes_comment_empty();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notes", "0013_weights_of_comments_are_only_added"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField(
            "comment",
            "author",
            models.ForeignKey(
                on_delete=meadow.notes.models.comments.leave_places,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
