-- Transfers and entries are written once.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_rows_are_only_added';
END
$$;
CREATE TRIGGER ledger_rows_are_only_added BEFORE UPDATE OR DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_rows_are_only_added BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_rows_are_only_added BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_rows_are_only_added BEFORE DELETE ON ledger_balance
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_rows_are_only_added BEFORE DELETE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

-- The entries of a transfer come in one statement: all of them, adding up to zero in each unit, and
-- each as the balance of its account already says.
CREATE FUNCTION ledger_entries_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added GROUP BY transfer_id, unit HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'the entries of a transfer add up to zero in each unit'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_sums_to_zero';
    END IF;
    IF EXISTS (
        SELECT FROM (
            SELECT transfer_id, count(*) AS rows, min(position) AS first, max(position) AS last
            FROM added GROUP BY transfer_id
        ) one
        LEFT JOIN ledger_transfer t ON t.id = one.transfer_id
        WHERE t.id IS NULL OR t.entry_count <> one.rows OR one.first <> 1 OR one.last <> one.rows
    ) THEN
        RAISE EXCEPTION 'the entries of a transfer are added together, each at its place'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_added_together';
    END IF;
    IF EXISTS (
        SELECT FROM (
            SELECT DISTINCT ON (account_id, stripe) account_id, stripe, sequence, balance_after, unit
            FROM added ORDER BY account_id, stripe, sequence DESC
        ) one
        LEFT JOIN ledger_balance b ON b.account_id = one.account_id AND b.stripe = one.stripe
        WHERE b.account_id IS NULL OR b.unit <> one.unit OR b.version <> one.sequence
            OR b.posted <> one.balance_after
    ) THEN
        RAISE EXCEPTION 'an entry stands only where the balance of its account says the same'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_is_the_fold';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_entries_add_up AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_add_up();

CREATE FUNCTION ledger_transfer_has_its_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_entry e WHERE e.transfer_id = NEW.id AND e.position = NEW.entry_count
    ) THEN
        RAISE EXCEPTION 'no transfer without its entries'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_has_its_entries';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER ledger_transfer_has_its_entries AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_transfer_has_its_entries();

-- A balance moves by the functions below alone, which write the entries or holds that explain it.
CREATE FUNCTION ledger_balance_moves_by_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('meadow.ledger_posting', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'a balance changes by a transfer or a hold alone'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_moves_by_posting';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_balance_moves_by_posting BEFORE UPDATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_balance_moves_by_posting();

CREATE FUNCTION ledger_balance_begins_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.posted <> 0 OR NEW.held <> 0 OR NEW.version <> 0 THEN
        RAISE EXCEPTION 'an account is opened with nothing on it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_begins_empty';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ledger_balance_begins_empty BEFORE INSERT ON ledger_balance
    FOR EACH ROW EXECUTE FUNCTION ledger_balance_begins_empty();

CREATE FUNCTION ledger_hold_closes_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'open' AND NEW.captured >= OLD.captured
        AND current_setting('meadow.ledger_posting', true) IS NOT DISTINCT FROM 'on'
        AND (NEW.id, NEW.public_id, NEW.key, NEW.fingerprint, NEW.account_id, NEW.unit, NEW.amount)
            = (OLD.id, OLD.public_id, OLD.key, OLD.fingerprint, OLD.account_id, OLD.unit, OLD.amount)
        AND (NEW.reason, NEW.params, NEW.reference, NEW.held_at, NEW.expires_at)
            = (OLD.reason, OLD.params, OLD.reference, OLD.held_at, OLD.expires_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a hold closes once, by its function, and what it says does not change'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_hold_closes_once';
END
$$;
CREATE TRIGGER ledger_hold_closes_once BEFORE UPDATE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_hold_closes_once();

-- Post transfers, all of them or none; `t_` arrays have one item a transfer, `e_` arrays one an entry,
-- `e_place` the place of its transfer from 1. A key that was posted before answers with what it did.
CREATE FUNCTION ledger_post(
    p_now timestamptz, t_public_id text[], t_key text[], t_fingerprint bytea[], t_reason text[],
    t_params jsonb[], t_reference text[], t_decision text[], t_reverses bigint[],
    t_effective timestamptz[], t_count int[], t_hold bigint[], t_capture bigint[], t_close boolean[],
    e_place int[], e_position int[], e_account bigint[], e_amount bigint[]
) RETURNS TABLE (place int, transfer_id bigint, public_id text, booked_at timestamptz, replayed boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    pid CONSTANT int := pg_backend_pid();
    asked CONSTANT int := cardinality(t_key);
    holding CONSTANT boolean := EXISTS (SELECT FROM unnest(t_hold) one WHERE one IS NOT NULL);
    booked timestamptz;
    ids bigint[];
    fresh bigint[];
    known int;
    all_fresh boolean;
    released_of bigint[];
    released bigint[];
BEGIN
    PERFORM set_config('meadow.ledger_posting', 'on', true);
    IF holding THEN
        PERFORM FROM ledger_hold h WHERE h.id = ANY (t_hold) ORDER BY h.id FOR UPDATE;
        IF EXISTS (
            SELECT FROM unnest(t_hold, t_capture) WITH ORDINALITY AS c (hold, amount, place)
            JOIN ledger_hold h ON h.id = c.hold
            LEFT JOIN unnest(e_place, e_position, e_account, e_amount)
                AS e (place, position, account, amount) ON e.place = c.place AND e.position = 1
            WHERE e.account IS DISTINCT FROM h.account_id OR e.amount IS DISTINCT FROM -c.amount
        ) THEN
            RAISE EXCEPTION 'what a hold pays is the first entry of its transfer'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_hold_pays_itself';
        END IF;
    END IF;
    -- In descending order: the platform's accounts, the oldest and busiest, are locked last.
    SELECT max(b.booked_at), count(*) INTO booked, known FROM (
        SELECT b.booked_at FROM ledger_balance b
        WHERE b.account_id = ANY (e_account) AND b.stripe = pid % b.stripes
        ORDER BY b.account_id DESC FOR UPDATE
    ) b;
    IF known <> (SELECT count(DISTINCT one) FROM unnest(e_account) one) THEN
        RAISE EXCEPTION 'an account was never opened'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_account_exists';
    END IF;
    booked := greatest(p_now, booked);
    ids := ARRAY(SELECT nextval('ledger_transfer_id_seq') FROM generate_series(1, asked));
    WITH added AS (
        INSERT INTO ledger_transfer (id, public_id, key, fingerprint, reason, params, reference,
            decision, reverses_id, hold_id, entry_count, effective_at, booked_at)
        SELECT d.id, d.public_id, d.key, d.fingerprint, d.reason, d.params, d.reference,
            d.decision, d.reverses_id, d.hold_id, d.rows, coalesce(d.effective, booked), booked
        FROM unnest(ids, t_public_id, t_key, t_fingerprint, t_reason, t_params, t_reference,
                    t_decision, t_reverses, t_hold, t_count, t_effective)
            AS d (id, public_id, key, fingerprint, reason, params, reference,
                  decision, reverses_id, hold_id, rows, effective)
        ON CONFLICT (key) DO NOTHING
        RETURNING id
    ) SELECT array_agg(added.id) INTO fresh FROM added;
    all_fresh := coalesce(cardinality(fresh), 0) = asked;
    IF NOT all_fresh AND EXISTS (
        SELECT FROM unnest(t_key, t_fingerprint) AS d (key, fingerprint)
        JOIN ledger_transfer t ON t.key = d.key AND t.fingerprint <> d.fingerprint
    ) THEN
        RAISE EXCEPTION 'a key was used for another transfer'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_key_taken';
    END IF;
    IF fresh IS NOT NULL THEN
        IF holding THEN
            WITH asking AS (
                SELECT c.hold, sum(c.amount)::bigint AS amount, bool_or(c.closes) AS closes
                FROM unnest(ids, t_hold, t_capture, t_close) AS c (id, hold, amount, closes)
                WHERE c.hold IS NOT NULL AND c.id = ANY (fresh)
                GROUP BY c.hold
            ), taken AS (
                UPDATE ledger_hold h SET
                    captured = h.captured + a.amount,
                    state = CASE WHEN a.closes OR h.captured + a.amount = h.amount
                                 THEN 'captured' ELSE 'open' END,
                    closed_at = CASE WHEN a.closes OR h.captured + a.amount = h.amount
                                     THEN booked END
                FROM asking a
                WHERE h.id = a.hold AND h.state = 'open' AND h.expires_at > p_now
                    AND h.amount - h.captured >= a.amount
                RETURNING h.account_id, CASE WHEN h.state = 'open' THEN a.amount
                                             ELSE h.amount - h.captured + a.amount END AS freed
            ), summed AS (
                SELECT t.account_id, sum(t.freed)::bigint AS freed FROM taken t GROUP BY 1
            )
            SELECT array_agg(s.account_id), array_agg(s.freed), (SELECT count(*) FROM taken)
            INTO released_of, released, known FROM summed s;
            IF known <> (
                SELECT count(DISTINCT c.hold) FROM unnest(ids, t_hold) AS c (id, hold)
                WHERE c.hold IS NOT NULL AND c.id = ANY (fresh)
            ) THEN
                RAISE EXCEPTION 'a hold is closed, over, or smaller than what is asked of it'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_hold_covers_it';
            END IF;
        END IF;
        UPDATE ledger_balance b SET
            posted = b.posted + m.delta,
            held = b.held - m.freed,
            version = b.version + m.rows,
            booked_at = booked
        FROM (
            SELECT e.account, sum(e.amount)::bigint AS delta, count(*) AS rows, coalesce((
                SELECT f.freed FROM unnest(released_of, released) AS f (account, freed)
                WHERE f.account = e.account
            ), 0) AS freed
            FROM unnest(e_place, e_account, e_amount) AS e (place, account, amount)
            WHERE all_fresh OR ids[e.place] = ANY (fresh)
            GROUP BY e.account
        ) m
        WHERE b.account_id = m.account AND b.stripe = pid % b.stripes;
        INSERT INTO ledger_entry (transfer_id, position, account_id, stripe, sequence, unit, amount,
            balance_after, effective_at, booked_at)
        SELECT ids[e.place], e.position, e.account, b.stripe,
            b.version - count(*) OVER of_account + row_number() OVER up_to,
            b.unit, e.amount,
            b.posted - (sum(e.amount) OVER of_account - sum(e.amount) OVER up_to)::bigint,
            coalesce(t_effective[e.place], booked), booked
        FROM unnest(e_place, e_position, e_account, e_amount)
            WITH ORDINALITY AS e (place, position, account, amount, ordinal)
        JOIN ledger_balance b ON b.account_id = e.account AND b.stripe = pid % b.stripes
        WHERE all_fresh OR ids[e.place] = ANY (fresh)
        WINDOW of_account AS (PARTITION BY e.account),
               up_to AS (PARTITION BY e.account ORDER BY e.ordinal);
    END IF;
    PERFORM set_config('meadow.ledger_posting', 'off', true);
    IF all_fresh THEN
        RETURN QUERY SELECT d.place::int, d.id, d.public_id, booked, false
            FROM unnest(ids, t_public_id) WITH ORDINALITY AS d (id, public_id, place);
    ELSE
        RETURN QUERY SELECT d.place::int, t.id, t.public_id::text, t.booked_at, t.id <> ids[d.place]
            FROM unnest(t_key) WITH ORDINALITY AS d (key, place)
            JOIN ledger_transfer t ON t.key = d.key ORDER BY d.place;
    END IF;
END
$$;

-- Promise `p_amount` of an account away until `p_expires`.
CREATE FUNCTION ledger_hold_funds(
    p_now timestamptz, p_public_id text, p_key text, p_fingerprint bytea, p_account bigint,
    p_amount bigint, p_reason text, p_params jsonb, p_reference text, p_expires timestamptz
) RETURNS TABLE (hold_id bigint, public_id text, replayed boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    the_unit text;
    made bigint;
    seen ledger_hold;
BEGIN
    PERFORM set_config('meadow.ledger_posting', 'on', true);
    SELECT b.unit INTO the_unit FROM ledger_balance b
        WHERE b.account_id = p_account AND b.stripes = 1 FOR UPDATE;
    IF the_unit IS NULL THEN
        RAISE EXCEPTION 'an account was never opened, or cannot hold'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_account_exists';
    END IF;
    INSERT INTO ledger_hold (public_id, key, fingerprint, account_id, unit, amount, captured, state,
        reason, params, reference, held_at, expires_at)
    VALUES (p_public_id, p_key, p_fingerprint, p_account, the_unit, p_amount, 0, 'open',
        p_reason, p_params, p_reference, p_now, p_expires)
    ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
    IF made IS NULL THEN
        SELECT * INTO seen FROM ledger_hold h WHERE h.key = p_key;
        IF seen.fingerprint <> p_fingerprint THEN
            RAISE EXCEPTION 'a key was used for another hold'
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_key_taken';
        END IF;
        PERFORM set_config('meadow.ledger_posting', 'off', true);
        RETURN QUERY SELECT seen.id, seen.public_id::text, true;
        RETURN;
    END IF;
    UPDATE ledger_balance SET held = held + p_amount WHERE account_id = p_account AND stripe = 0;
    PERFORM set_config('meadow.ledger_posting', 'off', true);
    RETURN QUERY SELECT made, p_public_id, false;
END
$$;

-- Close open holds and free what they have left; returns the ids that were open until now.
CREATE FUNCTION ledger_release_holds(p_now timestamptz, p_holds bigint[], p_state text)
RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    chosen bigint[];
BEGIN
    PERFORM set_config('meadow.ledger_posting', 'on', true);
    chosen := ARRAY(
        SELECT h.id FROM ledger_hold h WHERE h.id = ANY (p_holds) AND h.state = 'open'
        ORDER BY h.id FOR UPDATE
    );
    PERFORM FROM ledger_balance b
        WHERE b.stripe = 0
            AND b.account_id IN (SELECT h.account_id FROM ledger_hold h WHERE h.id = ANY (chosen))
        ORDER BY b.account_id DESC FOR UPDATE;
    UPDATE ledger_hold SET state = p_state, closed_at = p_now WHERE id = ANY (chosen);
    UPDATE ledger_balance b SET held = b.held - f.freed
    FROM (
        SELECT h.account_id, sum(h.amount - h.captured)::bigint AS freed
        FROM ledger_hold h WHERE h.id = ANY (chosen) GROUP BY 1
    ) f
    WHERE b.account_id = f.account_id AND b.stripe = 0;
    PERFORM set_config('meadow.ledger_posting', 'off', true);
    RETURN chosen;
END
$$;
