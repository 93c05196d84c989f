-- A call-back is an entry in the calendar as an appointment is: at `call_at` where staff moved it, else when the desk is
-- next there. A change of what the entry shows makes a new version.
ALTER TABLE callbacks
    ADD COLUMN call_at timestamptz,
    ADD COLUMN version integer NOT NULL DEFAULT 1;

-- A row is about an appointment or a call-back. A call-back that was erased leaves a deletion, and when it was made,
-- because its event is named after that; so no foreign key holds it.
ALTER TABLE calendar_outbox
    ALTER COLUMN appointment_id DROP NOT NULL,
    ADD COLUMN callback_id bigint,
    ADD COLUMN callback_made_at timestamptz,
    ADD COLUMN about text GENERATED ALWAYS AS (
        coalesce('appointment ' || appointment_id::text, 'call-back ' || callback_id::text)) STORED,
    ADD CONSTRAINT about_one_thing CHECK (num_nonnulls(appointment_id, callback_id) = 1),
    ADD CONSTRAINT one_row_of_a_version UNIQUE (about, version);

CREATE FUNCTION callback_shown_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;

CREATE TRIGGER shown_anew BEFORE UPDATE ON callbacks FOR EACH ROW
    WHEN ((OLD.phone, OLD.customer_id, OLD.reason, OLD.state, OLD.call_at)
        IS DISTINCT FROM (NEW.phone, NEW.customer_id, NEW.reason, NEW.state, NEW.call_at))
    EXECUTE FUNCTION callback_shown_anew();

-- Who writes a call-back need not think of the calendar. Real time, not the shop's clock.
CREATE FUNCTION mirror_callback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO calendar_outbox (callback_id, callback_made_at, version, action, created_at)
        VALUES (OLD.id, OLD.created_at, OLD.version + 1, 'delete', clock_timestamp());
    ELSE
        INSERT INTO calendar_outbox (callback_id, version, action, created_at)
        VALUES (NEW.id, NEW.version, CASE NEW.state WHEN 'open' THEN 'upsert' ELSE 'delete' END, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;

-- What is loaded in bulk stays out of the calendar until it changes, as loaded appointments do.
CREATE TRIGGER mirrored_when_made AFTER INSERT ON callbacks
    FOR EACH ROW WHEN (one_by_one() AND NEW.state = 'open') EXECUTE FUNCTION mirror_callback();

CREATE TRIGGER mirrored_when_changed AFTER UPDATE ON callbacks
    FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION mirror_callback();

CREATE TRIGGER mirrored_when_erased AFTER DELETE ON callbacks
    FOR EACH ROW EXECUTE FUNCTION mirror_callback();

-- A new version of the customer's appointments (of one car alone, where one is given) that the calendar shows. What is
-- over is left to whoever writes the event: the shop's clock is not known here.
CREATE FUNCTION mirror_appointments_of(customer bigint, car bigint) RETURNS void LANGUAGE sql AS $$
    WITH changed AS (
        UPDATE appointments SET version = version + 1, calendar_state = 'pending'
        WHERE customer_id = customer AND (car IS NULL OR vehicle_id = car)
            AND status IN ('booked', 'confirmed') AND calendar_state <> 'none'
        RETURNING id, version)
    INSERT INTO calendar_outbox (appointment_id, version, action, created_at)
    SELECT id, version, 'upsert', clock_timestamp() FROM changed
$$;

CREATE FUNCTION mirror_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.first_name <> NEW.first_name THEN
        PERFORM mirror_appointments_of(NEW.id, NULL);
    END IF;
    UPDATE callbacks SET version = version + 1 WHERE customer_id = NEW.id AND state = 'open';
    RETURN NULL;
END $$;

-- Whoever is erased is taken out of the calendar by the erasure.
CREATE TRIGGER mirrored AFTER UPDATE ON customers
    FOR EACH ROW WHEN (NEW.erased_at IS NULL
        AND (OLD.first_name, OLD.last_name) IS DISTINCT FROM (NEW.first_name, NEW.last_name))
    EXECUTE FUNCTION mirror_customer();

CREATE FUNCTION mirror_vehicle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mirror_appointments_of(NEW.customer_id, NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER mirrored AFTER UPDATE ON vehicles
    FOR EACH ROW WHEN ((OLD.year, OLD.make, OLD.model) IS DISTINCT FROM (NEW.year, NEW.make, NEW.model))
    EXECUTE FUNCTION mirror_vehicle();

CREATE INDEX callbacks_by_customer ON callbacks (customer_id) WHERE customer_id IS NOT NULL;

CREATE OR REPLACE VIEW reporting.callbacks AS
SELECT id, phone::text AS phone, reason, message, state, call_sid, created_at, done_at, done_by, call_at
FROM callbacks;

CREATE OR REPLACE VIEW reporting.calendar_outbox AS
SELECT id, appointment_id, version, action, state, attempts, created_at, try_after, last_error, callback_id
FROM calendar_outbox;
