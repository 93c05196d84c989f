CREATE SCHEMA reporting;

CREATE VIEW reporting.customers AS
SELECT id, phone::text AS phone, first_name, last_name, zip, email, zone, created_at
FROM customers;

CREATE VIEW reporting.vehicles AS
SELECT v.id, v.customer_id, c.phone::text AS customer_phone, v.vin::text AS vin, v.year, v.make, v.model
FROM vehicles v JOIN customers c ON c.id = v.customer_id;

CREATE VIEW reporting.appointments AS
SELECT a.id, c.phone::text AS customer_phone, v.vin::text AS vin, a.service, a.starts_at, a.ends_at, a.bay, a.status,
       a.mode, a.source, a.call_sid, a.needs_review, a.calendar_state
FROM appointments a JOIN customers c ON c.id = a.customer_id JOIN vehicles v ON v.id = a.vehicle_id;

CREATE VIEW reporting.calls AS
SELECT call_sid, direction, flow, outcome, transferred_to::text AS transferred_to, started_at, seconds, cost
FROM calls;

CREATE VIEW reporting.turns AS
SELECT call_sid, turn, end_of_turn_ms, first_token_ms, tools_ms, first_speech_ms, response_ms, added_ms, barged_in
FROM turns;

CREATE VIEW reporting.reminders AS
SELECT appointment_id, attempt, state, outcome, placed_at, local_time, answered_by
FROM reminders;

CREATE VIEW reporting.consents AS
SELECT phone::text AS phone, kind, source, given_at, withdrawn_at
FROM consents;

CREATE VIEW reporting.opt_outs AS
SELECT phone::text AS phone, source, opted_out_at
FROM opt_outs;

CREATE VIEW reporting.callbacks AS
SELECT id, phone::text AS phone, reason, message, state, call_sid, created_at
FROM callbacks;

CREATE VIEW reporting.calendar_outbox AS
SELECT id, appointment_id, version, action, state, attempts, created_at
FROM calendar_outbox;
