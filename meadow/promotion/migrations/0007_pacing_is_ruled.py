"""How much above the least price an impression may go, and which pages are planned for, are figures of the rule."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('promotion', '0006_what_changed_of_an_order_is_found'),
    ]

    operations = [
        migrations.AddField(
            model_name='promotionrule',
            name='most_reserves',
            field=models.PositiveSmallIntegerField(default=10),
        ),
        migrations.AddField(
            model_name='promotionrule',
            name='unknown_hour',
            field=models.PositiveIntegerField(default=1000),
        ),
        migrations.AddConstraint(
            model_name='promotionrule',
            constraint=models.CheckConstraint(condition=models.Q(('most_reserves__range', (1, 1000)), ('unknown_hour__range', (1, 100000000))), name='promotion_rule_paces'),
        ),
    ]
