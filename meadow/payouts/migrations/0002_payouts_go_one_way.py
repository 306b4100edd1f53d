"""What was asked for never changes, a payout goes from state to state as it may, rules are only added."""

from django.db import migrations

WAYS = {
    "asked": ["held", "batched", "returned"],
    "held": ["asked", "returned"],
    "batched": ["asked", "held", "approved"],
    "approved": ["held", "sending", "sent"],
    "sending": ["sent", "paid", "failed"],
    "sent": ["paid", "failed"],
    "paid": ["failed"],
    "failed": ["asked", "returned"],
    "returned": [],
}
PAIRS = ", ".join(f"('{old}', '{new}')" for old, ways in WAYS.items() for new in ways)

FORWARD = f"""
CREATE FUNCTION payouts_payout_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'payouts are kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_are_kept';
    END IF;
    IF (NEW.public_id, NEW.method_id, NEW.account_id, NEW.unit, NEW.gross, NEW.tax, NEW.fee, NEW.net,
        NEW.rules, NEW.tax_region, NEW.tax_rule, NEW.key, NEW.transfer_id, NEW.asked_at)
        IS DISTINCT FROM
       (OLD.public_id, OLD.method_id, OLD.account_id, OLD.unit, OLD.gross, OLD.tax, OLD.fee, OLD.net,
        OLD.rules, OLD.tax_region, OLD.tax_rule, OLD.key, OLD.transfer_id, OLD.asked_at)
        OR NEW.person_id <> OLD.person_id OR NEW.attempt < OLD.attempt THEN
        RAISE EXCEPTION 'what was asked for does not change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_stays_what_it_is';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({PAIRS}) THEN
        RAISE EXCEPTION 'a payout does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_goes_its_way';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payout_stays_what_it_is BEFORE UPDATE OR DELETE ON payouts_payout
    FOR EACH ROW EXECUTE FUNCTION payouts_payout_stays();

CREATE FUNCTION payouts_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.public_id, NEW.provider, NEW.unit, NEW.key, NEW.made_by, NEW.made_at)
            IS DISTINCT FROM
           (OLD.public_id, OLD.provider, OLD.unit, OLD.key, OLD.made_by, OLD.made_at)
        OR (OLD.state <> 'drafted' AND (NEW.state, NEW.decided_by, NEW.decided_at, NEW.count, NEW.total)
            IS DISTINCT FROM (OLD.state, OLD.decided_by, OLD.decided_at, OLD.count, OLD.total))
        OR (OLD.filed_at IS NOT NULL AND NEW.filed_at IS DISTINCT FROM OLD.filed_at) THEN
        RAISE EXCEPTION 'a batch is decided once, and kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payout_batch_is_decided_once';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payout_batch_is_decided_once BEFORE UPDATE OR DELETE ON payouts_batch
    FOR EACH ROW EXECUTE FUNCTION payouts_batch_stays();

CREATE FUNCTION payouts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_rules_are_only_added';
END
$$;
CREATE TRIGGER payouts_rules_are_only_added BEFORE UPDATE OR DELETE ON payouts_payoutrules
    FOR EACH ROW EXECUTE FUNCTION payouts_refuse_change();
CREATE TRIGGER payouts_rules_are_only_added BEFORE UPDATE OR DELETE ON payouts_taxrule
    FOR EACH ROW EXECUTE FUNCTION payouts_refuse_change();
"""
BACKWARD = """
DROP TRIGGER payouts_rules_are_only_added ON payouts_taxrule;
DROP TRIGGER payouts_rules_are_only_added ON payouts_payoutrules;
DROP FUNCTION payouts_refuse_change();
DROP TRIGGER payout_batch_is_decided_once ON payouts_batch;
DROP FUNCTION payouts_batch_stays();
DROP TRIGGER payout_stays_what_it_is ON payouts_payout;
DROP FUNCTION payouts_payout_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_payouts_leave_wallets_for_payees")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
