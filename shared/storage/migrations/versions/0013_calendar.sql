-- The oldest pending row of an appointment holds the lease for all of its rows, so that one worker at a time writes its
-- event. A change made by hand in the calendar is named, by its etag, in the row of the version that answers it.
ALTER TABLE calendar_outbox
    ADD COLUMN leased_until timestamptz,
    ADD COLUMN answers_etag text CHECK (length(answers_etag) <= 200);

-- From where on a calendar's changes are not known yet.
CREATE TABLE calendar_sync (
    calendar_id text PRIMARY KEY,
    sync_token text NOT NULL,
    synced_at timestamptz NOT NULL
);

ALTER TABLE callbacks
    DROP CONSTRAINT callbacks_reason_check,
    ADD CONSTRAINT callbacks_reason_check CHECK (
        reason IN ('message', 'desk_closed', 'desk_no_answer', 'failure', 'calendar'));
