CREATE TABLE calls (
    call_sid text PRIMARY KEY CHECK (length(call_sid) BETWEEN 1 AND 64),
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    flow text NOT NULL CHECK (flow IN ('service', 'reminder')),
    caller e164,
    status text CHECK (status IN ('queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy', 'failed',
        'no-answer', 'canceled')),
    outcome text CHECK (outcome IN ('booked', 'moved', 'cancelled', 'confirmed', 'answered', 'message', 'transferred',
        'abandoned', 'refused', 'voicemail', 'wrong_number', 'opted_out', 'failed')),
    transferred_to e164,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    seconds integer CHECK (seconds >= 0),
    cost numeric(12, 6) CHECK (cost >= 0)
);

CREATE INDEX calls_by_start ON calls (started_at);

-- Latencies are milliseconds, null where a stage did not take part in the turn.
CREATE TABLE turns (
    call_sid text NOT NULL REFERENCES calls (call_sid) ON DELETE CASCADE,
    turn integer NOT NULL CHECK (turn >= 0),
    caller_said text,
    sophie_said text,
    tools jsonb NOT NULL DEFAULT '[]',
    end_of_turn_ms real CHECK (end_of_turn_ms >= 0),
    first_token_ms real CHECK (first_token_ms >= 0),
    tools_ms real CHECK (tools_ms >= 0),
    first_speech_ms real CHECK (first_speech_ms >= 0),
    response_ms real CHECK (response_ms >= 0),
    added_ms real CHECK (added_ms >= 0),
    barged_in boolean NOT NULL DEFAULT false,
    PRIMARY KEY (call_sid, turn)
);
