"""Version 1 of both detectors; docs/algorithms/detectors.md gives the reason for each limit."""

import datetime as dt

from django.db import migrations

RULES = {
    "clockwork": {"least_reads": 30, "highest_variation": 0.12},
    "impossible_rate": {
        "windows": [[60, 60], [3600, 1200], [86400, 10000]],
        "signed_out_times": 10,
    },
}


def add_rules(apps, schema_editor):
    for detector, parameters in RULES.items():
        apps.get_model("integrity", "DetectorRule").objects.create(
            detector=detector,
            version=1,
            parameters=parameters,
            created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )


class Migration(migrations.Migration):
    dependencies = [("integrity", "0002_cases_are_only_added")]
    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
