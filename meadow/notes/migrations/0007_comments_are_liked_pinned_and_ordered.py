"""Comments are liked, pinned, answered, withheld and hidden, and ordered best first."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A reply answers another one under the same comment.
FORWARD = """
CREATE FUNCTION notes_comment_check_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM notes_comment AS answered
        WHERE answered.id = NEW.answers_id AND answered.parent_id = NEW.parent_id
    ) THEN
        RAISE EXCEPTION 'a reply answers one under the same comment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answers_stay_in_their_thread';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER answers_stay_in_their_thread
    BEFORE INSERT OR UPDATE OF answers_id ON notes_comment
    FOR EACH ROW WHEN (NEW.answers_id IS NOT NULL)
    EXECUTE FUNCTION notes_comment_check_answers();
"""

BACKWARD = """
DROP TRIGGER answers_stay_in_their_thread ON notes_comment;
DROP FUNCTION notes_comment_check_answers();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('notes', '0006_boards_hold_what_is_kept'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CommentLike',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CommentOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('newest', models.BigIntegerField()),
                ('comment_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='CommentWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40)),
                ('form', models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='NoteWatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='comment',
            name='answers',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notes.comment'),
        ),
        migrations.AddField(
            model_name='comment',
            name='like_count',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='comment',
            name='pinned_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='comment',
            name='withheld_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='note',
            name='comments_from',
            field=models.CharField(choices=[('everyone', 'Everyone'), ('known', 'Known'), ('nobody', 'Nobody')], db_default='everyone', default='everyone', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('answers__isnull', True), ('parent__isnull', False), _connector='OR'), name='only_a_reply_answers_a_reply'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('pinned_at__isnull', True), models.Q(('deleted_at__isnull', True), ('hidden_at__isnull', True), ('parent__isnull', True), ('withheld_at__isnull', True)), _connector='OR'), name='pinned_comment_stands_and_is_no_reply'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(condition=models.Q(('pinned_at__isnull', False)), fields=('note',), name='one_pinned_comment_a_note'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.CheckConstraint(condition=models.Q(('comments_from__in', ['everyone', 'known', 'nobody'])), name='comments_come_from_somebody_known'),
        ),
        migrations.AddField(
            model_name='commentlike',
            name='comment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notes.comment'),
        ),
        migrations.AddField(
            model_name='commentlike',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='commentorder',
            name='note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notes.note'),
        ),
        migrations.AddField(
            model_name='commentword',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notewatch',
            name='note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notes.note'),
        ),
        migrations.AddField(
            model_name='notewatch',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='comment',
            name='stands',
            field=models.GeneratedField(db_persist=True, expression=models.Q(('deleted_at__isnull', True), ('hidden_at__isnull', True), ('withheld_at__isnull', True)), output_field=models.BooleanField()),
        ),
        migrations.AddConstraint(
            model_name='commentlike',
            constraint=models.UniqueConstraint(fields=('comment', 'person'), name='comment_like_once'),
        ),
        migrations.AddIndex(
            model_name='commentorder',
            index=models.Index(fields=['note', '-id'], name='comment_orders_of_note'),
        ),
        migrations.AddIndex(
            model_name='commentorder',
            index=models.Index(fields=['made_at'], name='comment_orders_by_time'),
        ),
        migrations.AddConstraint(
            model_name='commentword',
            constraint=models.UniqueConstraint(fields=('person', 'form'), name='comment_word_once'),
        ),
        migrations.AddIndex(
            model_name='notewatch',
            index=models.Index(fields=['until'], name='watches_by_end'),
        ),
        migrations.AddConstraint(
            model_name='notewatch',
            constraint=models.UniqueConstraint(fields=('note', 'person'), name='note_watch_once'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
