-- What one unit of something costs from a day on, until a newer row of the same item and model.
CREATE TABLE prices (
    item text NOT NULL CHECK (item IN ('inbound_minute', 'outbound_minute', 'stream_minute', 'sms_segment', 'stt_minute',
        'tts_character', 'llm_fresh_token', 'llm_cached_token', 'llm_output_token')),
    model text NOT NULL,
    valid_from date NOT NULL,
    usd numeric(18, 12) NOT NULL CHECK (usd >= 0),
    source text NOT NULL,
    PRIMARY KEY (item, model, valid_from)
);

-- What the three providers asked for the whole call; the line is added to it in `cost`.
ALTER TABLE calls ADD COLUMN providers_cost numeric(12, 6) CHECK (providers_cost >= 0);

ALTER TABLE turns
    ADD COLUMN said_at timestamptz,
    ADD COLUMN stt_seconds real CHECK (stt_seconds >= 0),
    ADD COLUMN tts_characters integer CHECK (tts_characters >= 0),
    ADD COLUMN llm_fresh_tokens integer CHECK (llm_fresh_tokens >= 0),
    ADD COLUMN llm_cached_tokens integer CHECK (llm_cached_tokens >= 0),
    ADD COLUMN llm_output_tokens integer CHECK (llm_output_tokens >= 0),
    ADD COLUMN cost numeric(12, 6) CHECK (cost >= 0);

-- Turns whose words are still kept, oldest first: what the purge of transcripts looks at.
CREATE INDEX turns_with_words ON turns (said_at) WHERE caller_said IS NOT NULL OR sophie_said IS NOT NULL;

CREATE INDEX calls_by_caller ON calls (caller, started_at) WHERE caller IS NOT NULL;
