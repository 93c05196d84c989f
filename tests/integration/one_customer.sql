-- Ana Lopez, a customer with everything that the database can hold about her; Ben Quill, who is somebody else.
INSERT INTO customers (id, phone, first_name, last_name, zip, email, zone, created_at, external_id) VALUES
    (1, '+12175550142', 'Ana', 'Lopez', '62704', 'ana@example.com', 'America/Chicago', '2026-01-05T15:00Z', 'C17'),
    (2, '+12175550143', 'Ben', 'Quill', '62704', 'ben@example.com', 'America/Chicago', '2026-01-05T15:00Z', NULL);
INSERT INTO vehicles (id, customer_id, vin, year, make, model, plate, external_id, created_at) VALUES
    (1, 1, '1HGCM82633A004352', 2003, 'Honda', 'Accord', 'ANA123', 'V17', '2026-01-05T15:00Z'),
    (2, 2, NULL, 2018, 'Mazda', 'CX-5', NULL, NULL, '2026-01-05T15:00Z');
INSERT INTO vin_decodes VALUES ('1HGCM82633A004352', '{"VIN": "1HGCM82633A004352"}', '2026-01-05T15:00Z');
INSERT INTO calls (call_sid, direction, flow, caller, started_at) VALUES
    ('CA1', 'inbound', 'service', '+12175550142', '2026-01-05T15:00Z'), ('CA2', 'inbound', 'service', '+12175550143', '2026-01-05T15:00Z'),
    ('CA3', 'inbound', 'service', '+12175550143', '2026-01-05T15:00Z');
INSERT INTO turns (call_sid, turn, caller_said, sophie_said) VALUES
    ('CA1', 1, 'my brakes squeal', 'Thank you, Ana.'), ('CA2', 1, 'it is for Ana Lopez', 'All right.'),
    ('CA3', 1, 'Lopez? No, Quill.', 'Sorry, Ben.');
INSERT INTO intents (id, call_sid, kind, payload, read_back, prepared_at) VALUES
    ('00000000-0000-0000-0000-000000000001', 'CA1', 'book', '{}', 'For Ana.', '2026-01-05T15:00Z'),
    ('00000000-0000-0000-0000-000000000002', 'CA3', 'message', '{"phone": "+12175550142"}', 'Call back.', '2026-01-05T15:00Z'),
    ('00000000-0000-0000-0000-000000000003', 'CA3', 'book', '{}', 'For Ben.', '2026-01-05T15:00Z');
INSERT INTO appointments (id, customer_id, vehicle_id, service, bay, starts_at, ends_at, status, mode, source, call_sid,
    concern, calendar_state, created_at, changed_at) VALUES
    (1, 1, 1, 'oil_change', 1, '2026-01-05T15:00Z', '2026-01-05T16:00Z', 'completed', 'wait', 'voice', 'CA1', 'squeals',
        'synced', '2026-01-05T15:00Z', '2026-01-05T15:00Z'),
    (2, 1, 1, 'oil_change', 1, '2026-12-01T15:00Z', '2026-12-01T16:00Z', 'booked', 'wait', 'voice', 'CA2', NULL, 'none',
        '2026-01-05T15:00Z', '2026-01-05T15:00Z'),
    (3, 2, 2, 'oil_change', 2, '2026-12-01T15:00Z', '2026-12-01T16:00Z', 'booked', 'wait', 'voice', 'CA3', NULL, 'synced',
        '2026-01-05T15:00Z', '2026-01-05T15:00Z');
INSERT INTO service_history (vehicle_id, appointment_id, service, done_on) VALUES (1, 1, 'oil_change', '2026-01-05');
INSERT INTO reminders (id, appointment_id, starts_at, due_at) VALUES (1, 2, '2026-12-01T15:00Z', '2026-11-30T22:00Z');
INSERT INTO consents (phone, kind, source, given_at) VALUES ('+12175550142', 'reminder_call', 'desk', '2026-01-05T15:00Z');
INSERT INTO reminder_attempts (id, phone, local_day, number, state, zone, local_time, consent_id, dialed_at) VALUES
    ('00000000-0000-0000-0000-00000000000a', '+12175550142', '2026-01-04', 1, 'ended', 'America/Chicago', '10:00', 1, now());
INSERT INTO identity_failures (call_sid, caller, about, failed_at) VALUES ('CA3', '+12175550143', '+12175550142', '2026-01-05T15:00Z');
INSERT INTO callbacks (phone, customer_id, reason, message, call_sid, created_at) VALUES
    ('+12175550142', 1, 'message', 'please ring', 'CA1', '2026-01-05T15:00Z'),
    ('+12175550143', 2, 'message', 'tell Ana Lopez that it is done', 'CA3', '2026-01-05T15:00Z');
INSERT INTO messages (kind, phone, body, state, appointment_id, starts_at, callback_id, created_at) VALUES
    ('reply', '+12175550142', 'Thank you, Ana Lopez', 'sent', NULL, NULL, NULL, '2026-01-05T15:00Z'),
    ('callback', '+12175550100', 'Ana Lopez, +12175550142, left a message: please ring', 'sent', NULL, NULL, 1, '2026-01-05T15:00Z'),
    ('callback', '+12175550100', 'Ben, left a message: the keys are in the drop', 'sent', NULL, NULL, 2, '2026-01-05T15:00Z');
UPDATE customers SET zip = '62711' WHERE id = 1;
