"""Boards of kept notes; their count is kept where rows come and go, whoever sends them."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

COUNT = """
CREATE FUNCTION notes_board_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE notes_board SET note_count = note_count + 1 WHERE id = NEW.board_id;
    ELSE
        UPDATE notes_board SET note_count = note_count - 1 WHERE id = OLD.board_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER boards_count_their_notes
    AFTER INSERT OR DELETE ON notes_boardnote
    FOR EACH ROW EXECUTE FUNCTION notes_board_count();
"""
UNCOUNT = "DROP FUNCTION notes_board_count() CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('notes', '0005_comments_can_be_hidden'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Board',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(max_length=24, unique=True)),
                ('name', models.CharField(max_length=40)),
                ('about', models.CharField(blank=True, max_length=300)),
                ('is_public', models.BooleanField(default=True)),
                ('place', models.IntegerField()),
                ('note_count', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('edited_at', models.DateTimeField()),
                ('cover', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notes.note')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='BoardNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField()),
                ('board', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='notes.board')),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notes.save')),
            ],
        ),
        migrations.AddIndex(
            model_name='board',
            index=models.Index(fields=['owner', 'place', 'id'], name='boards_of_person'),
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.UniqueConstraint(models.F('owner'), django.db.models.functions.text.Lower('name'), name='board_name_once_a_person'),
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='board_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.CheckConstraint(condition=models.Q(('note_count__lte', 5000)), name='board_holds_5000'),
        ),
        migrations.AddIndex(
            model_name='boardnote',
            index=models.Index(fields=['board', '-id'], name='notes_of_board'),
        ),
        migrations.AddConstraint(
            model_name='boardnote',
            constraint=models.UniqueConstraint(fields=('board', 'kept'), name='note_once_a_board'),
        ),
        migrations.RunSQL(COUNT, UNCOUNT),
    ]
