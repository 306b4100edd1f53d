"""Version 1 of Hot's weights; docs/algorithms/hot.md gives the reason for each."""

import datetime as dt

from django.db import migrations


def add_rule(apps, schema_editor):
    apps.get_model("feed", "RankingRule").objects.create(
        version=1,
        like_weight=1.0,
        save_weight=2.0,
        comment_weight=2.0,
        read_weight=0.2,
        half_life_hours=24.0,
        prior_impressions=50.0,
        base_rate=0.1,
        base_impressions=1000.0,
        explore_every=5,
        explore_below=100,
        explore_days=7,
        newcomer_minutes=10,
        pool_size=1000,
        wall_size=10000,
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


def remove_rule(apps, schema_editor):
    apps.get_model("feed", "RankingRule").objects.filter(version=1).delete()


class Migration(migrations.Migration):
    dependencies = [("feed", "0001_walls_are_ranked_by_a_versioned_rule")]
    operations = [migrations.RunPython(add_rule, remove_rule)]
