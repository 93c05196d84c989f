"""What an erasure does to the rows of each table, statement by statement.

Past bookings stay for the books, on a customer without a person and a car without VIN and plate. Opt-outs stay, because
a number that must not be called must be known. Reminder calls stay with their number where the number is shared (the
others of the household are still reminded) or opted out (that nobody called it since must be provable); else they keep
day and outcome under a number that nobody can have. When the statements run, and what proves them, is not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.storage.subject import ROWS


@dataclass(frozen=True, slots=True)
class Step:
    """One statement with the keys of ROWS; `deed` says what it does to the rows it changes, and why."""

    table: str
    deed: str
    statement: str


_BLANKED = "(SELECT jsonb_object_agg(k, NULL) FROM jsonb_object_keys({0}) k)"
_BLANK_AUDIT = f"UPDATE audit SET before = {_BLANKED.format('before')}, after = {_BLANKED.format('after')} WHERE "  # noqa: S608
_NO_WORDS = "UPDATE turns SET caller_said = NULL, sophie_said = NULL, tools = '[]' WHERE "
_TO_COME = "(status IN ('booked', 'confirmed') AND starts_at > :now)"
_OUT_OF_THE_CALENDAR = f"""
WITH changed AS (
    UPDATE appointments SET version = version + 1, changed_at = :now, calendar_state = 'pending',
        cancel_reason = CASE WHEN {_TO_COME} THEN 'other' ELSE cancel_reason END,
        status = CASE WHEN {_TO_COME} THEN 'cancelled' ELSE status END
    WHERE customer_id = :customer AND status <> 'cancelled' AND (calendar_state <> 'none' OR {_TO_COME})
    RETURNING id, version)
INSERT INTO calendar_outbox (appointment_id, version, action, created_at)
SELECT id, version, 'delete', :now FROM changed
"""  # noqa: S608
# A number of no country's, another one for each call.
_NOBODYS = "'+999' || lpad(CAST(abs(hashtextextended(CAST(id AS text), 0) % 100000000000) AS text), 11, '0')"
STEPS: Sequence[Step] = (
    Step(
        "calendar_outbox",
        "written: bookings that are in the calendar are taken out of it, upcoming ones cancelled",
        _OUT_OF_THE_CALENDAR,
    ),
    Step(
        "calendar_outbox",
        "blanked: what the calendar answered",
        "UPDATE calendar_outbox SET last_error = NULL WHERE appointment_id = ANY(CAST(:appointments AS bigint[])) "
        "AND last_error IS NOT NULL",
    ),
    Step(
        "appointments",
        "blanked: what was wrong with the car; time, service and outcome are kept for the books",
        "UPDATE appointments SET concern = NULL WHERE customer_id = :customer AND concern IS NOT NULL",
    ),
    Step(
        "reminders",
        "ended: nobody is reminded any more",
        "UPDATE reminders SET state = 'ended', outcome = 'skipped', leased_until = NULL "
        "WHERE appointment_id = ANY(CAST(:appointments AS bigint[])) AND state IN ('due', 'leased')",
    ),
    Step(
        "reminder_attempts",
        "blanked: the number; kept with it where it is shared or opted out",
        f"UPDATE reminder_attempts SET phone = {_NOBODYS} WHERE ({ROWS['reminder_attempts']}) AND NOT :shared "  # noqa: S608
        "AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.phone = reminder_attempts.phone)",
    ),
    Step(
        "vin_decodes",
        "deleted, unless somebody else has the car",
        "DELETE FROM vin_decodes WHERE vin = ANY(CAST(:vins AS text[])) AND NOT EXISTS (SELECT FROM vehicles v "
        "WHERE v.vin = vin_decodes.vin AND v.customer_id IS DISTINCT FROM :customer)",
    ),
    Step(
        "vehicles",
        "blanked: VIN, plate and number; make, model, year and mileage are kept for the books",
        "UPDATE vehicles SET vin = NULL, plate = NULL, external_id = NULL WHERE customer_id = :customer",
    ),
    Step(
        "consents",
        "deleted; kept where others share the number",
        "DELETE FROM consents WHERE phone = :phone AND NOT :shared",
    ),
    Step(
        "identity_failures",
        "deleted; kept where others share the number",
        "DELETE FROM identity_failures WHERE (caller = :phone OR about = :phone) AND NOT :shared",
    ),
    Step(
        "callbacks",
        "deleted; those that name nobody are kept where others share the number",
        "DELETE FROM callbacks WHERE customer_id = :customer "
        "OR (phone = :phone AND customer_id IS NULL AND NOT :shared)",
    ),
    Step(
        "messages",
        "deleted; those to a number that others share, and that name nobody, are kept",
        "DELETE FROM messages WHERE appointment_id = ANY(CAST(:appointments AS bigint[])) "
        "OR call_sid = ANY(CAST(:calls AS text[])) OR (phone = :phone AND NOT :shared)",
    ),
    Step("intents", "deleted", "DELETE FROM intents WHERE call_sid = ANY(CAST(:calls AS text[]))"),
    Step(
        "turns",
        "blanked: what was said; times and latencies are kept",
        f"{_NO_WORDS} call_sid = ANY(CAST(:calls AS text[])) "
        "AND (caller_said IS NOT NULL OR sophie_said IS NOT NULL OR tools <> '[]')",
    ),
    Step(
        "calls",
        "blanked: the number; kept with it where others share it",
        "UPDATE calls SET caller = NULL WHERE caller = :phone AND NOT :shared",
    ),
    Step(
        "customers",
        "blanked: the person; the row is kept for the bookings that point at it",
        "UPDATE customers SET first_name = 'erased', last_name = 'erased', phone = NULL, email = NULL, zip = NULL, "
        "external_id = NULL, erased_at = :now WHERE id = :customer",
    ),
    Step(
        "audit",
        "blanked: values; who changed which column when is kept",
        f"{_BLANK_AUDIT} {ROWS['audit']}",
    ),
)  # fmt: skip
# Free text of any call, message or change may name the person too.
SWEEPS: Sequence[Step] = (
    Step("turns", "blanked: other calls that name the person", f"{_NO_WORDS} concat_ws(' ', caller_said, sophie_said, "
         "tools) ~* :pattern"),
    Step("intents", "deleted: other calls that name the person",
         "DELETE FROM intents WHERE concat_ws(' ', payload, read_back, answer) ~* :pattern"),
    Step("messages", "deleted: texts to others that name the person",
         "DELETE FROM messages WHERE concat_ws(' ', phone, body) ~* :pattern"),
    Step("callbacks", "blanked: messages of others that name the person",
         "UPDATE callbacks SET message = NULL WHERE message ~* :pattern"),
    Step("appointments", "blanked: concerns of others that name the person",
         "UPDATE appointments SET concern = NULL WHERE concern ~* :pattern"),
    Step("audit", "blanked: values of other changes that name the person",
         f"{_BLANK_AUDIT} concat_ws(' ', before, after) ~* :pattern"),
)  # fmt: skip
NUMBERS_OF_THEIRS = Step(
    "audit",
    "blanked: values of other changes with a number or plate of theirs",
    f"{_BLANK_AUDIT} table_name = :table AND concat_ws(' ', before, after) ~* :pattern",
)
