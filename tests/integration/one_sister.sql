-- Eva Lopez, who shares Ana's number and her car.
INSERT INTO customers (id, phone, first_name, last_name, zone, created_at) VALUES
    (3, '+12175550142', 'Eva', 'Lopez', 'America/Chicago', '2026-01-05T15:00Z');
INSERT INTO vehicles (id, customer_id, vin, make, created_at) VALUES (3, 3, '1HGCM82633A004352', 'Honda', '2026-01-05T15:00Z');
INSERT INTO callbacks (phone, reason, message, call_sid, created_at) VALUES
    ('+12175550142', 'desk_closed', NULL, 'CA4', '2026-01-05T15:00Z');
