"""What Promotion opens exists: its rule takes people in."""

from django.db import migrations

BUILT = ("promotion",)


def build(apps, schema_editor):
    apps.get_model("programs", "Program").objects.filter(slug__in=BUILT).update(is_built=True)


def take_back(apps, schema_editor):
    apps.get_model("programs", "Program").objects.filter(slug__in=BUILT).update(is_built=False)


class Migration(migrations.Migration):
    dependencies = [("programs", "0003_six_programs_ship")]
    operations = [migrations.RunPython(build, take_back)]
