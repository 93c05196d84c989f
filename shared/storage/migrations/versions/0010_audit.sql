-- Columns that changed, before and after; a whole row where it came or went. Real time, not the shop's clock.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL,
    why text,
    table_name text NOT NULL,
    row_key text NOT NULL,
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete', 'load', 'erase')),
    before jsonb,
    after jsonb
);

CREATE INDEX audit_by_row ON audit (table_name, row_key, id);

CREATE INDEX audit_by_time ON audit (at);

-- Who and why are set for the transaction by whoever begins it (sophie.who, sophie.why).
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    row_key text := coalesce(new_row, old_row) ->> TG_ARGV[0];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, new_row -> o.key) INTO old_row, new_row
        FROM jsonb_each(old_row) o WHERE o.value IS DISTINCT FROM new_row -> o.key;
        IF new_row IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit (who, why, table_name, row_key, action, before, after)
    VALUES (coalesce(nullif(current_setting('sophie.who', true), ''), session_user),
            nullif(current_setting('sophie.why', true), ''), TG_TABLE_NAME, row_key, lower(TG_OP), old_row, new_row);
    RETURN NULL;
END $$;

-- A bulk load writes one row for all it loads instead (sophie.bulk).
CREATE FUNCTION one_by_one() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('sophie.bulk', true), '') <> 'on'
$$;

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON customers
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON vehicles
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON appointments
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON service_history
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON consents
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON opt_outs
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('phone');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON callbacks
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON closures
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('day');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON staff_events
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('id');

CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON prices
    FOR EACH ROW WHEN (one_by_one()) EXECUTE FUNCTION audit_change('item');
