"""Whatever goes is counted where it goes, also with its person; comments are edited; best has weights."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# (table, column that names what is counted, counted table, column, which rows of the gone ones)
COUNTED = (
    ("notes_like", "note_id", "notes_note", "like_count", "true"),
    ("notes_save", "note_id", "notes_note", "save_count", "true"),
    ("notes_comment", "note_id", "notes_note", "comment_count", "stands"),
    ("notes_commentlike", "comment_id", "notes_comment", "like_count", "true"),
    ("notes_notetopic", "topic_id", "notes_topic", "note_count", "true"),
)


def count_gone(table: str, key: str, of: str, column: str, which: str) -> str:
    """Return SQL: rows that go are taken from the count, locked in primary-key order."""
    extra = ""
    if table == "notes_comment":
        extra = """
    PERFORM 1 FROM notes_comment WHERE id IN (SELECT parent_id FROM gone WHERE stands)
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE notes_comment c SET reply_count = c.reply_count - k.many
    FROM (SELECT parent_id AS id, count(*) AS many FROM gone WHERE stands AND parent_id IS NOT NULL
          GROUP BY 1) k WHERE c.id = k.id;"""
    return f"""
CREATE FUNCTION {table}_uncount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM {of} WHERE id IN (SELECT {key} FROM gone WHERE {which})
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE {of} c SET {column} = c.{column} - k.many
    FROM (SELECT {key} AS id, count(*) AS many FROM gone WHERE {which} GROUP BY 1) k
    WHERE c.id = k.id;{extra}
    RETURN NULL;
END
$$;
CREATE TRIGGER what_goes_is_counted AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_uncount();
"""


FORWARD = "".join(count_gone(*one) for one in COUNTED)
BACKWARD = "".join(
    f"DROP TRIGGER what_goes_is_counted ON {one[0]}; DROP FUNCTION {one[0]}_uncount();"
    for one in COUNTED
)
FIRST = """
INSERT INTO notes_commentweights
    (version, doubling_hours, replier_points, author_like_points, note, created_at)
VALUES (1, 72, 2, 4, '', now())
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notes", "0010_comments_follow_their_writer"),
    ]

    operations = [
        migrations.AddField("comment", "edited_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="CommentEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.CharField(max_length=500)),
                ("replaced_at", models.DateTimeField()),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="notes.comment",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["comment", "-id"], name="edits_of_comment")],
            },
        ),
        migrations.CreateModel(
            name="CommentWeights",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True)),
                ("doubling_hours", models.FloatField()),
                ("replier_points", models.FloatField()),
                ("author_like_points", models.FloatField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="comment_weights_order",
                        condition=Q(
                            doubling_hours__gt=0, replier_points__gte=0, author_like_points__gte=0
                        ),
                    )
                ],
            },
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
