-- What became of calls in which nobody of ours spoke.
ALTER TABLE calls
    DROP CONSTRAINT calls_outcome_check,
    ADD CONSTRAINT calls_outcome_check CHECK (outcome IN ('booked', 'moved', 'cancelled', 'confirmed', 'answered',
        'message', 'transferred', 'abandoned', 'refused', 'voicemail', 'wrong_number', 'opted_out', 'failed',
        'desk_answered', 'desk_no_answer', 'desk_busy', 'desk_voicemail', 'desk_closed', 'rejected', 'spam',
        'no_answer'));

-- A goodbye was said and the line is closed: whoever finds no session of the call does not put it through.
ALTER TABLE calls ADD COLUMN goodbye_at timestamptz;

-- Calls that are over and have no outcome yet.
CREATE INDEX calls_without_outcome ON calls (started_at) WHERE outcome IS NULL;

-- A text is charged by the segments it is sent in.
ALTER TABLE messages
    ADD COLUMN segments integer CHECK (segments > 0),
    ADD COLUMN cost numeric(12, 6) CHECK (cost >= 0);

CREATE INDEX messages_by_time ON messages (created_at);

CREATE VIEW reporting.messages AS
SELECT id, kind, phone::text AS phone, state, segments, cost, error_code, call_sid, created_at
FROM messages;
