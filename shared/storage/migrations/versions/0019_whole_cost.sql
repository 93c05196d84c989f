-- The outgoing leg to the desk, which the carrier charges besides the caller's.
ALTER TABLE calls
    ADD COLUMN desk_seconds integer CHECK (desk_seconds >= 0),
    ADD COLUMN desk_cost numeric(12, 6) CHECK (desk_cost >= 0);

CREATE OR REPLACE VIEW reporting.calls AS
SELECT call_sid, direction, flow, outcome, transferred_to::text AS transferred_to, started_at, seconds, cost, attestation,
       desk_seconds
FROM calls;

-- Texts that people send are charged too. One whose sender died, or of which nothing was heard, is closed as unknown.
ALTER TABLE messages
    DROP CONSTRAINT messages_kind_check,
    ADD CONSTRAINT messages_kind_check CHECK (kind IN ('confirmation', 'briefing', 'callback', 'reply', 'reminder',
        'incoming')),
    DROP CONSTRAINT messages_state_check,
    ADD CONSTRAINT messages_state_check CHECK (state IN ('pending', 'sending', 'sent', 'delivered', 'failed', 'unknown',
        'received')),
    ADD COLUMN sending_since timestamptz;

CREATE INDEX messages_sending ON messages (created_at) WHERE state = 'sending';
