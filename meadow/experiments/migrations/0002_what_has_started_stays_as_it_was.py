"""Arms share everybody out, and an experiment that has started keeps its word."""

from django.db import migrations

ARMS = """
CREATE FUNCTION experiments_arms_are_sound(arms varchar[], weights smallint[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT cardinality(arms) BETWEEN 2 AND 8
       AND cardinality(arms) = cardinality(weights)
       AND (SELECT bool_and(arm ~ '^[a-z][a-z0-9_]*$') AND count(DISTINCT arm) = count(*)
            FROM unnest(arms) AS arm)
       AND (SELECT min(weight) >= 1 AND sum(weight) = 10000 FROM unnest(weights) AS weight)
$$;
ALTER TABLE experiments_experiment ADD CONSTRAINT experiment_arms_are_sound
    CHECK (experiments_arms_are_sound(arms, weights) IS TRUE);
"""
ARMS_BACK = """
ALTER TABLE experiments_experiment DROP CONSTRAINT experiment_arms_are_sound;
DROP FUNCTION experiments_arms_are_sound(varchar[], smallint[]);
"""

WORD = """
CREATE FUNCTION experiments_keep_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND (TG_OP = 'DELETE' OR NEW.state IN ('draft', 'running')) THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'running' AND NEW.state IN ('running', 'stopped')
       AND (NEW.key, NEW.salt, NEW.arms, NEW.weights, NEW.started_at)
         = (OLD.key, OLD.salt, OLD.arms, OLD.weights, OLD.started_at)
       AND NEW.traffic >= OLD.traffic THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'experiment % has started: arms, weights and salt stay, traffic only grows',
        OLD.key USING ERRCODE = 'check_violation', CONSTRAINT = 'experiment_keeps_its_word';
END $$;
CREATE TRIGGER experiment_keeps_its_word BEFORE UPDATE OR DELETE ON experiments_experiment
    FOR EACH ROW EXECUTE FUNCTION experiments_keep_word();
"""
WORD_BACK = """
DROP TRIGGER experiment_keeps_its_word ON experiments_experiment;
DROP FUNCTION experiments_keep_word();
"""


class Migration(migrations.Migration):
    dependencies = [("experiments", "0001_people_are_put_into_arms")]

    operations = [
        migrations.RunSQL(ARMS, ARMS_BACK),
        migrations.RunSQL(WORD, WORD_BACK),
    ]
