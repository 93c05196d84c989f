CREATE OR REPLACE VIEW reporting.customers AS
SELECT id, phone::text AS phone, first_name, last_name, zip, email, zone, created_at, source, external_id
FROM customers WHERE erased_at IS NULL;

CREATE OR REPLACE VIEW reporting.vehicles AS
SELECT v.id, v.customer_id, c.phone::text AS customer_phone, v.vin::text AS vin, v.year, v.make, v.model, v.plate,
       v.mileage, v.external_id
FROM vehicles v JOIN customers c ON c.id = v.customer_id;

CREATE VIEW reporting.service_history AS
SELECT h.id, h.vehicle_id, c.phone::text AS customer_phone, v.vin::text AS vin, h.appointment_id, h.service, h.done_on,
       h.mileage, h.amount
FROM service_history h JOIN vehicles v ON v.id = h.vehicle_id JOIN customers c ON c.id = v.customer_id;

CREATE OR REPLACE VIEW reporting.turns AS
SELECT call_sid, turn, end_of_turn_ms, first_token_ms, tools_ms, first_speech_ms, response_ms, added_ms, barged_in,
       stt_seconds, tts_characters, llm_fresh_tokens, llm_cached_tokens, llm_output_tokens, cost
FROM turns;

-- An attempt for each call that named the appointment; the next one where another is due.
CREATE VIEW reporting.reminders AS
SELECT r.appointment_id, row_number() OVER (PARTITION BY r.id ORDER BY a.dialed_at)::integer AS attempt, a.state,
       a.outcome, a.placed_at, a.local_time, a.answered_by, r.due_at, a.phone::text AS phone, a.call_sid
FROM reminders r JOIN reminders_of_attempts o ON o.reminder_id = r.id JOIN reminder_attempts a ON a.id = o.attempt_id
UNION ALL
SELECT r.appointment_id, r.attempts + 1, r.state, r.outcome, NULL, NULL, NULL, r.due_at, NULL, NULL
FROM reminders r WHERE r.state IN ('due', 'leased') OR r.attempts = 0;

CREATE OR REPLACE VIEW reporting.consents AS
SELECT phone::text AS phone, kind, source, given_at, withdrawn_at, basis, evidence
FROM consents;

CREATE OR REPLACE VIEW reporting.callbacks AS
SELECT id, phone::text AS phone, reason, message, state, call_sid, created_at, done_at, done_by
FROM callbacks;

CREATE OR REPLACE VIEW reporting.calendar_outbox AS
SELECT id, appointment_id, version, action, state, attempts, created_at, try_after, last_error
FROM calendar_outbox;

CREATE VIEW reporting.staff_events AS
SELECT id, title, starts_at, ends_at, source
FROM staff_events;

CREATE VIEW reporting.audit AS
SELECT id, at, who, why, table_name, row_key, action, before, after
FROM audit;
