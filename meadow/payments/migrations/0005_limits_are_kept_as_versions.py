"""How much may be topped up is kept in versions that are only added; what goes out is counted."""

import datetime as dt

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_rows_are_only_added';
END
$$;
CREATE TRIGGER payments_rows_are_only_added BEFORE UPDATE OR DELETE ON payments_topupbounds
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
"""
BACKWARD = """
DROP TRIGGER payments_rows_are_only_added ON payments_topupbounds;
DROP FUNCTION payments_refuse_change();
"""
# Minor units: smallest and largest top-up, a day of one person, 30 days.
SHIPPED = {
    "CNY": (100, 500_000, 2_000_000, 5_000_000),
    "USD": (100, 100_000, 400_000, 1_000_000),
}


def add_bounds(apps, schema_editor):
    for unit, (least, most, per_day, per_month) in SHIPPED.items():
        apps.get_model("payments", "TopUpBounds").objects.create(
            unit=unit,
            version=1,
            least=least,
            most=most,
            per_day=per_day,
            per_month=per_month,
            created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_days_are_held_against_providers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Purse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(max_length=3)),
                ('per_day', models.BigIntegerField(null=True)),
                ('per_month', models.BigIntegerField(null=True)),
                ('next_per_day', models.BigIntegerField(null=True)),
                ('next_per_month', models.BigIntegerField(null=True)),
                ('next_from', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Spend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(db_collation='C', max_length=255, unique=True)),
                ('amount', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('purse', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spends', to='payments.purse')),
            ],
        ),
        migrations.CreateModel(
            name='TopUpBounds',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(max_length=3)),
                ('version', models.PositiveIntegerField()),
                ('least', models.BigIntegerField()),
                ('most', models.BigIntegerField()),
                ('per_day', models.BigIntegerField()),
                ('per_month', models.BigIntegerField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField()),
                ('operator_id', models.BigIntegerField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('unit', 'version'), name='top_up_bounds_once'), models.CheckConstraint(condition=models.Q(('least__gt', 0), ('most__gte', models.F('least')), ('per_day__gte', models.F('most')), ('per_month__gte', models.F('per_day'))), name='top_up_bounds_leave_room')],
            },
        ),
        migrations.AddConstraint(
            model_name='purse',
            constraint=models.UniqueConstraint(fields=('person', 'unit'), name='purse_once'),
        ),
        migrations.AddConstraint(
            model_name='purse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('per_day__isnull', True), ('per_day__gt', 0), _connector='OR'), models.Q(('per_month__isnull', True), ('per_month__gt', 0), _connector='OR'), models.Q(('next_per_day__isnull', True), ('next_per_day__gt', 0), _connector='OR'), models.Q(('next_per_month__isnull', True), ('next_per_month__gt', 0), _connector='OR')), name='purse_lets_something_out'),
        ),
        migrations.AddIndex(
            model_name='spend',
            index=models.Index(fields=['purse', 'at'], name='spends_of_purse'),
        ),
        migrations.AddConstraint(
            model_name='spend',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='spend_not_negative'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(add_bounds, migrations.RunPython.noop),
    ]
