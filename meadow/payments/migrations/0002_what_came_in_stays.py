"""What was asked for never changes, what came in stays, and nothing of it is deleted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'payments are kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_are_kept';
    END IF;
    IF (NEW.public_id, NEW.account_id, NEW.amount, NEW.unit, NEW.provider, NEW.key, NEW.method)
        IS DISTINCT FROM
       (OLD.public_id, OLD.account_id, OLD.amount, OLD.unit, OLD.provider, OLD.key, OLD.method)
        OR NEW.person_id <> OLD.person_id
        OR (OLD.reference <> '' AND NEW.reference <> OLD.reference)
        OR (OLD.state = 'succeeded' AND (NEW.state <> 'succeeded'
            OR NEW.transfer_id IS DISTINCT FROM OLD.transfer_id
            OR NEW.settled_at IS DISTINCT FROM OLD.settled_at)) THEN
        RAISE EXCEPTION 'what was asked for and what came in does not change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_stays_what_it_is';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_stays_what_it_is BEFORE UPDATE OR DELETE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_payment_stays();

CREATE FUNCTION payments_refund_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'refunds are kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_are_kept';
    END IF;
    IF (NEW.public_id, NEW.payment_id, NEW.amount, NEW.key) IS DISTINCT FROM
       (OLD.public_id, OLD.payment_id, OLD.amount, OLD.key)
        OR (OLD.state <> 'asked' AND NEW.state <> OLD.state) THEN
        RAISE EXCEPTION 'a refund is settled once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_stays_what_it_is';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refund_stays_what_it_is BEFORE UPDATE OR DELETE ON payments_refund
    FOR EACH ROW EXECUTE FUNCTION payments_refund_stays();
"""
BACKWARD = """
DROP TRIGGER refund_stays_what_it_is ON payments_refund;
DROP FUNCTION payments_refund_stays();
DROP TRIGGER payment_stays_what_it_is ON payments_payment;
DROP FUNCTION payments_payment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_payments_refunds_and_what_providers_told")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
