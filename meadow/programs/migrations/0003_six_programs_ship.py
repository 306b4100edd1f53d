"""Creator Center, Live, Brand Collaborations, Product Cards, Promotion and Social Store, each with a rule."""

import datetime as dt
import secrets

from django.db import migrations

from meadow.programs.migrations._shipped import PROGRAMS

SHIPPED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def ship(apps, schema_editor):
    program_model = apps.get_model("programs", "Program")
    version_model = apps.get_model("programs", "RuleVersion")
    for position, shipped in enumerate(PROGRAMS):
        fields = {name: value for name, value in shipped.items() if name != "rule"}
        program = program_model.objects.create(
            # Of each installation its own, so that nobody can work out lots from the code.
            salt=secrets.token_hex(16),
            position=position,
            updated_at=SHIPPED,
            **fields,
        )
        version_model.objects.create(
            program=program,
            number=1,
            state="active",
            rule=shipped["rule"],
            note="",
            created_at=SHIPPED,
            active_from=SHIPPED,
        )


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_published_words_stay")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
