import datetime as dt

import django.contrib.postgres.indexes
import django.db.models.deletion
import meadow.search.fields
from django.conf import settings
from django.db import migrations, models


FIRST_RULE = {
    "version": 1,
    "title_weight": 1.0,
    "topic_weight": 0.6,
    "body_weight": 0.15,
    "relevance_weight": 1.5,
    "title_bonus": 2.0,
    "like_weight": 1.0,
    "save_weight": 2.0,
    "comment_weight": 1.0,
    "quality_weight": 0.25,
    "half_life_days": 180.0,
    "walked_notes": 20_000,
    "candidates": 400,
    "rare_below": 5_000,
    "popular_people": 5,
    "popular_days": 7,
}


def make_first_rule(apps, schema_editor):
    apps.get_model("search", "SearchRule").objects.create(
        created_at=dt.datetime(2026, 11, 23, tzinfo=dt.UTC), **FIRST_RULE
    )


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0003_who_keeps_order_is_found'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PopularSearch',
            fields=[
                ('text', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('people', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='SearchHabit',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('keeps_recent', models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name='IndexedName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('person', 'Person'), ('topic', 'Topic')], max_length=6)),
                ('subject_id', models.BigIntegerField()),
                ('words', meadow.search.fields.TsVectorField()),
                ('keys', meadow.search.fields.TextListField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_name_words'), django.contrib.postgres.indexes.GinIndex(fields=['keys'], name='search_name_keys')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject_id'), name='indexed_name_once')],
            },
        ),
        migrations.CreateModel(
            name='IndexedNote',
            fields=[
                ('note_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('words', meadow.search.fields.TsVectorField()),
                ('prior', models.FloatField()),
                ('published_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['words'], name='search_note_words'), models.Index(fields=['-prior'], name='search_note_prior'), models.Index(fields=['-published_at'], name='search_note_recent')],
            },
        ),
        migrations.CreateModel(
            name='SearchRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True)),
                ('title_weight', models.FloatField()),
                ('topic_weight', models.FloatField()),
                ('body_weight', models.FloatField()),
                ('relevance_weight', models.FloatField()),
                ('title_bonus', models.FloatField()),
                ('like_weight', models.FloatField()),
                ('save_weight', models.FloatField()),
                ('comment_weight', models.FloatField()),
                ('quality_weight', models.FloatField()),
                ('half_life_days', models.FloatField()),
                ('walked_notes', models.PositiveIntegerField()),
                ('candidates', models.PositiveIntegerField()),
                ('rare_below', models.PositiveIntegerField()),
                ('popular_people', models.PositiveIntegerField()),
                ('popular_days', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('title_weight__range', (0, 1)), ('topic_weight__range', (0, 1)), ('body_weight__range', (0, 1)), ('relevance_weight__gt', 0)), name='search_weights_lie_within_ranks'), models.CheckConstraint(condition=models.Q(('half_life_days__gt', 0), ('candidates__range', (20, 2000)), ('walked_notes__range', (1000, 200000))), name='search_ages_and_is_bounded'), models.CheckConstraint(condition=models.Q(('popular_people__gte', 3)), name='a_popular_search_is_nobodys_alone')],
            },
        ),
        migrations.CreateModel(
            name='Term',
            fields=[
                ('word', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('notes', models.IntegerField()),
                ('keys', meadow.search.fields.TextListField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['keys'], name='search_term_keys')],
                'constraints': [models.CheckConstraint(condition=models.Q(('notes__gt', 0)), name='a_term_stands_somewhere')],
            },
        ),
        migrations.CreateModel(
            name='RecentSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('folded', models.CharField(max_length=100)),
                ('text', models.CharField(max_length=100)),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-at'], name='recent_searches_of_person')],
                'constraints': [models.UniqueConstraint(fields=('person', 'folded'), name='recent_search_once')],
            },
        ),
        migrations.RunPython(make_first_rule, migrations.RunPython.noop),
    ]
