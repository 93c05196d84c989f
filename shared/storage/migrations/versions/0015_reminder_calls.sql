-- One dialler at a time, so that the carrier's rate is kept. Times are real, not the shop's clock.
CREATE TABLE dialler_lease (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder uuid NOT NULL,
    held_until timestamptz NOT NULL
);

-- A call that is answered later than its window is hung up.
ALTER TABLE reminder_attempts ADD COLUMN window_ends_at timestamptz;

-- When the person who was reached wants to be called again.
ALTER TABLE reminder_attempts ADD COLUMN again_at timestamptz;

ALTER TABLE intents
    DROP CONSTRAINT intents_kind_check,
    ADD CONSTRAINT intents_kind_check CHECK (kind IN ('book', 'cancel', 'move', 'message', 'amend', 'confirm'));

-- One call names several appointments, and each comes to its own end.
ALTER TABLE reminders_of_attempts ADD COLUMN outcome text CHECK (outcome IN ('confirmed', 'rescheduled', 'cancelled',
    'voicemail', 'wrong_number', 'opted_out', 'no_answer', 'failed', 'skipped'));

CREATE OR REPLACE VIEW reporting.reminders AS
SELECT r.appointment_id, row_number() OVER (PARTITION BY r.id ORDER BY a.dialed_at)::integer AS attempt, a.state,
       coalesce(o.outcome, a.outcome) AS outcome, a.placed_at, a.local_time, a.answered_by, r.due_at,
       a.phone::text AS phone, a.call_sid
FROM reminders r JOIN reminders_of_attempts o ON o.reminder_id = r.id JOIN reminder_attempts a ON a.id = o.attempt_id
UNION ALL
SELECT r.appointment_id, r.attempts + 1, r.state, r.outcome, NULL, NULL, NULL, r.due_at, NULL, NULL
FROM reminders r WHERE r.state IN ('due', 'leased') OR r.attempts = 0;

ALTER TABLE messages
    DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check CHECK (kind IN ('confirmation', 'briefing', 'callback', 'reply', 'reminder'));
