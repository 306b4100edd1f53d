-- Transfers, entries, balances, holds and accounts go one by one never, and all at once neither.
CREATE FUNCTION ledger_refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('meadow.ledger_emptying', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_rows_are_only_added';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_tables_are_not_emptied BEFORE TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_emptying();
CREATE TRIGGER ledger_tables_are_not_emptied BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_emptying();
CREATE TRIGGER ledger_tables_are_not_emptied BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_emptying();
CREATE TRIGGER ledger_tables_are_not_emptied BEFORE TRUNCATE ON ledger_balance
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_emptying();
CREATE TRIGGER ledger_tables_are_not_emptied BEFORE TRUNCATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_emptying();

-- A balance changes in its place, and no index with it, where its page has room.
ALTER TABLE ledger_balance SET (fillfactor = 50);

-- The entries of a transfer come in one statement: all of them, adding up to zero in each unit, and
-- each as the balance of its account already says.
CREATE OR REPLACE FUNCTION ledger_entries_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    uneven boolean;
BEGIN
    SELECT whole.uneven INTO uneven FROM (
        SELECT part.transfer_id, bool_or(part.total <> 0) AS uneven, sum(part.rows) AS rows,
            min(part.first) AS first, max(part.last) AS last
        FROM (
            SELECT transfer_id, sum(amount) AS total, count(*) AS rows,
                min(position) AS first, max(position) AS last
            FROM added GROUP BY transfer_id, unit
        ) part GROUP BY part.transfer_id
    ) whole
    LEFT JOIN ledger_transfer t ON t.id = whole.transfer_id
    WHERE whole.uneven OR t.id IS NULL OR t.entry_count <> whole.rows OR whole.first <> 1
        OR whole.last <> whole.rows
    ORDER BY whole.uneven DESC LIMIT 1;
    IF uneven THEN
        RAISE EXCEPTION 'the entries of a transfer add up to zero in each unit'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_sums_to_zero';
    ELSIF NOT uneven THEN
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

-- The function below counts what it adds; whoever else adds a transfer is asked for its entries.
DROP TRIGGER ledger_transfer_has_its_entries ON ledger_transfer;
CREATE CONSTRAINT TRIGGER ledger_transfer_has_its_entries AFTER INSERT ON ledger_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (current_setting('meadow.ledger_posting', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION ledger_transfer_has_its_entries();

-- Post transfers, all of them or none; `t_` arrays have one item a transfer, `e_` arrays one an entry,
-- `e_place` the place of its transfer from 1. A key that was posted before answers with what it did.
-- Its statements are planned once a connection: planned for the arrays of each call, they take longer
-- to plan than to run.
CREATE OR REPLACE FUNCTION ledger_post(
    p_now timestamptz, t_public_id text[], t_key text[], t_fingerprint bytea[], t_reason text[],
    t_params jsonb[], t_reference text[], t_decision text[], t_reverses bigint[],
    t_effective timestamptz[], t_count int[], t_hold bigint[], t_capture bigint[], t_close boolean[],
    e_place int[], e_position int[], e_account bigint[], e_amount bigint[]
) RETURNS TABLE (place int, transfer_id bigint, public_id text, booked_at timestamptz, replayed boolean)
LANGUAGE plpgsql
SET plan_cache_mode = 'force_generic_plan'
AS $$
#variable_conflict use_column
DECLARE
    pid CONSTANT int := pg_backend_pid();
    asked CONSTANT int := cardinality(t_key);
    legs CONSTANT int := cardinality(e_account);
    holding CONSTANT boolean := cardinality(array_remove(t_hold, NULL)) > 0;
    dated CONSTANT boolean := cardinality(array_remove(t_effective, NULL)) > 0;
    booked timestamptz;
    ids bigint[];
    fresh bigint[];
    known int;
    added int;
    expected int;
    all_fresh boolean;
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
    IF known <> legs AND known <> (SELECT count(DISTINCT one) FROM unnest(e_account) one) THEN
        RAISE EXCEPTION 'an account was never opened'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_account_exists';
    END IF;
    booked := greatest(p_now, booked);
    IF asked = 1 THEN
        ids := ARRAY[nextval('ledger_transfer_id_seq')];
    ELSE
        ids := ARRAY(SELECT nextval('ledger_transfer_id_seq') FROM generate_series(1, asked));
    END IF;
    INSERT INTO ledger_transfer (id, public_id, key, fingerprint, reason, params, reference,
        decision, reverses_id, hold_id, entry_count, effective_at, booked_at)
    SELECT d.id, d.public_id, d.key, d.fingerprint, d.reason, d.params, d.reference,
        d.decision, d.reverses_id, d.hold_id, d.rows, coalesce(d.effective, booked), booked
    FROM unnest(ids, t_public_id, t_key, t_fingerprint, t_reason, t_params, t_reference,
                t_decision, t_reverses, t_hold, t_count, t_effective)
        AS d (id, public_id, key, fingerprint, reason, params, reference,
              decision, reverses_id, hold_id, rows, effective)
    ON CONFLICT (key) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    all_fresh := added = asked;
    IF all_fresh THEN
        expected := (SELECT sum(rows) FROM unnest(t_count) rows);
    ELSE
        IF EXISTS (
            SELECT FROM unnest(t_key, t_fingerprint) AS d (key, fingerprint)
            JOIN ledger_transfer t ON t.key = d.key AND t.fingerprint <> d.fingerprint
        ) THEN
            RAISE EXCEPTION 'a key was used for another transfer'
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_key_taken';
        END IF;
        fresh := ARRAY(SELECT t.id FROM ledger_transfer t WHERE t.id = ANY (ids));
        expected := (
            SELECT sum(d.rows) FROM unnest(ids, t_count) AS d (id, rows) WHERE d.id = ANY (fresh)
        );
    END IF;
    IF added > 0 THEN
        IF holding THEN
            WITH asking AS (
                SELECT c.hold, sum(c.amount)::bigint AS amount, bool_or(c.closes) AS closes
                FROM unnest(ids, t_hold, t_capture, t_close) AS c (id, hold, amount, closes)
                WHERE c.hold IS NOT NULL AND (all_fresh OR c.id = ANY (fresh))
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
            ), freed AS (
                UPDATE ledger_balance b SET held = b.held - f.freed
                FROM (SELECT account_id, sum(freed)::bigint AS freed FROM taken GROUP BY 1) f
                WHERE b.account_id = f.account_id AND b.stripe = 0
            )
            SELECT (SELECT count(*) FROM taken) - (SELECT count(*) FROM asking) INTO known;
            IF known <> 0 THEN
                RAISE EXCEPTION 'a hold is closed, over, or smaller than what is asked of it'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_hold_covers_it';
            END IF;
        END IF;
        UPDATE ledger_balance b SET
            posted = b.posted + m.delta,
            version = b.version + m.rows,
            booked_at = booked
        FROM (
            SELECT e.account, sum(e.amount)::bigint AS delta, count(*) AS rows
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
            CASE WHEN dated THEN coalesce(t_effective[e.place], booked) ELSE booked END, booked
        FROM unnest(e_place, e_position, e_account, e_amount)
            WITH ORDINALITY AS e (place, position, account, amount, ordinal)
        JOIN ledger_balance b ON b.account_id = e.account AND b.stripe = pid % b.stripes
        WHERE all_fresh OR ids[e.place] = ANY (fresh)
        WINDOW of_account AS (PARTITION BY e.account),
               up_to AS (PARTITION BY e.account ORDER BY e.ordinal ROWS UNBOUNDED PRECEDING);
        GET DIAGNOSTICS known = ROW_COUNT;
        -- Each transfer with entries has all of its own: so many entries belong to so many transfers.
        IF known <> expected THEN
            RAISE EXCEPTION 'no transfer without its entries'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_has_its_entries';
        END IF;
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
