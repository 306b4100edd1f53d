"""What was ordered never changes but as said, orders go their way, rules are only added; the first rule."""

import datetime as dt

from django.db import migrations

WAYS = {
    "review": ["running", "rejected", "cancelled"],
    "running": ["review", "paused", "finished", "cancelled"],
    "paused": ["review", "running", "finished", "cancelled"],
    "rejected": [],
    "cancelled": [],
    "finished": [],
}
PAIRS = ", ".join(f"('{old}', '{new}')" for old, ways in WAYS.items() for new in ways)

FORWARD = f"""
CREATE FUNCTION promotion_order_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'orders are kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_orders_are_kept';
    END IF;
    IF (NEW.public_id, NEW.key, NEW.note_id, NEW.author_id, NEW.unit, NEW.discount, NEW.rule_id,
        NEW.salt, NEW.holdout, NEW.placed_at)
        IS DISTINCT FROM
       (OLD.public_id, OLD.key, OLD.note_id, OLD.author_id, OLD.unit, OLD.discount, OLD.rule_id,
        OLD.salt, OLD.holdout, OLD.placed_at)
        OR NEW.buyer_id <> OLD.buyer_id OR NEW.budget < OLD.budget THEN
        RAISE EXCEPTION 'what was ordered does not change so'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_order_stays_what_it_is';
    END IF;
    IF OLD.ended_at IS NOT NULL AND
       (NEW.budget, NEW.goal, NEW.audience, NEW.starts_at, NEW.ends_at, NEW.ended_at)
        IS DISTINCT FROM
       (OLD.budget, OLD.goal, OLD.audience, OLD.starts_at, OLD.ends_at, OLD.ended_at)
        OR OLD.settled_at IS NOT NULL AND NEW.settled_at IS DISTINCT FROM OLD.settled_at THEN
        RAISE EXCEPTION 'what is over stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_order_over_stays';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({PAIRS}) THEN
        RAISE EXCEPTION 'an order does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_order_goes_its_way';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER promotion_order_stays_what_it_is BEFORE UPDATE OR DELETE ON promotion_order
    FOR EACH ROW EXECUTE FUNCTION promotion_order_stays();

CREATE FUNCTION promotion_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'promotion_rows_are_only_added';
END
$$;
CREATE TRIGGER promotion_rows_are_only_added BEFORE UPDATE OR DELETE ON promotion_promotionrule
    FOR EACH ROW EXECUTE FUNCTION promotion_refuse_change();
CREATE TRIGGER promotion_rows_are_only_added BEFORE UPDATE OR DELETE ON promotion_switch
    FOR EACH ROW EXECUTE FUNCTION promotion_refuse_change();
CREATE TRIGGER promotion_rows_are_only_added BEFORE UPDATE OR DELETE ON promotion_orderstep
    FOR EACH ROW EXECUTE FUNCTION promotion_refuse_change();

CREATE SEQUENCE promotion_pace_versions;
"""
BACKWARD = """
DROP SEQUENCE promotion_pace_versions;
DROP TRIGGER promotion_rows_are_only_added ON promotion_orderstep;
DROP TRIGGER promotion_rows_are_only_added ON promotion_switch;
DROP TRIGGER promotion_rows_are_only_added ON promotion_promotionrule;
DROP FUNCTION promotion_refuse_change();
DROP TRIGGER promotion_order_stays_what_it_is ON promotion_order;
DROP FUNCTION promotion_order_stays();
"""


def ship_first_rule(apps, schema_editor):
    """Begin with packs from ¥10 to ¥500 and a floor price of ¥0.02 an impression."""
    apps.get_model("promotion", "PromotionRule").objects.create(
        number=1,
        unit="CNY",
        packs=[1_000, 3_000, 10_000, 50_000],
        hours=[6, 12, 24, 48, 72, 168],
        smallest_budget=1_000,
        largest_budget=10_000_000,
        shortest_hours=1,
        longest_hours=24 * 30,
        schedule_days=30,
        reserve=20_000,
        cap=2,
        one_in=20,
        place=3,
        holdout=1_000,
        smallest_effect=300,
        review_above=50_000,
        settle_minutes=10,
        credit_days=30,
        makegood=100,
        note="Shipped with Meadow.",
        set_by=None,
        set_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    )


class Migration(migrations.Migration):
    dependencies = [("promotion", "0001_orders_keep_to_their_budgets")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(ship_first_rule, migrations.RunPython.noop),
    ]
