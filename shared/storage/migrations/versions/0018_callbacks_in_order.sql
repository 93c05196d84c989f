-- The carrier numbers what it tells of a call; the highest that was taken in.
ALTER TABLE reminder_attempts ADD COLUMN sequence integer CHECK (sequence >= 0);

-- A call that we made and nobody took, or that we hung up, has an outcome too.
UPDATE calls SET outcome = CASE WHEN status = 'failed' THEN 'failed' ELSE 'no_answer' END
WHERE outcome IS NULL AND flow = 'reminder' AND status IN ('busy', 'failed', 'no-answer', 'canceled');

-- Of each call: the consent that it was made on, how far the carrier vouched for it, and when the person had heard who
-- calls and why.
CREATE OR REPLACE VIEW reporting.reminders AS
SELECT r.appointment_id, row_number() OVER (PARTITION BY r.id ORDER BY a.dialed_at)::integer AS attempt, a.state,
       coalesce(o.outcome, a.outcome) AS outcome, a.placed_at, a.local_time, a.answered_by, r.due_at,
       a.phone::text AS phone, a.call_sid, k.given_at AS consent_given_at, a.attestation, a.opening_played_at
FROM reminders r JOIN reminders_of_attempts o ON o.reminder_id = r.id JOIN reminder_attempts a ON a.id = o.attempt_id
LEFT JOIN consents k ON k.id = a.consent_id
UNION ALL
SELECT r.appointment_id, r.attempts + 1, r.state, r.outcome, NULL, NULL, NULL, r.due_at, NULL, NULL, NULL, NULL, NULL
FROM reminders r WHERE r.state IN ('due', 'leased') OR r.attempts = 0;

-- What was done, and what came of it, is evidence: later only what was not known yet is added, and a number blanked.
CREATE FUNCTION keep_ended_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.state, NEW.outcome, NEW.local_day, NEW.number, NEW.zone, NEW.local_time, NEW.dialed_at, NEW.ended_at)
        IS DISTINCT FROM
        (OLD.state, OLD.outcome, OLD.local_day, OLD.number, OLD.zone, OLD.local_time, OLD.dialed_at, OLD.ended_at)
        OR (OLD.answered_by IS NOT NULL AND NEW.answered_by IS DISTINCT FROM OLD.answered_by)
        OR (OLD.attestation IS NOT NULL AND NEW.attestation IS DISTINCT FROM OLD.attestation)
        OR (OLD.opening_played_at IS NOT NULL AND NEW.opening_played_at IS DISTINCT FROM OLD.opening_played_at)
    THEN
        RAISE EXCEPTION 'An attempt that has ended stays as it is.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ended_attempts_are_kept BEFORE UPDATE ON reminder_attempts
FOR EACH ROW WHEN (OLD.state = 'ended') EXECUTE FUNCTION keep_ended_attempt();
