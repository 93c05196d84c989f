"""Calls over the real wire: the carrier's stand-in on one side, the row read by a second connection on the other."""

from tests.fast_lab import FastLab


def test_a_new_caller_books_and_the_row_is_there(lab: FastLab) -> None:
    lab.brain("offline-desk")
    call = lab.call(
        "I'd like to book an oil change",
        "my name is Laura Bennett",
        "it's a twenty eighteen Toyota Camry",
        "as early as possible",
        "the first one",
        "yes please",
        "no thank you goodbye",
        caller="+17085550901",
    )
    assert call.outcome == "booked", call.turns
    query = "SELECT service, status, source FROM reporting.appointments WHERE call_sid = :sid"
    assert lab.rows(query, sid=call.record["sid"]) == [("oil_change", "booked", "voice")]
    names = "SELECT first_name, last_name FROM reporting.customers WHERE phone = '+17085550901'"
    assert lab.rows(names) == [("Laura", "Bennett")]
    assert call.record["faults"] == []


def test_the_confirmation_is_made_from_the_row(lab: FastLab) -> None:
    lab.brain("offline-desk")
    call = lab.call(
        "can I get a brake inspection",
        "Oscar Nolan",
        "twenty twenty one Ford Focus",
        "the earliest you have",
        "the first one",
        "yes",
        "that's all thanks",
    )
    confirmed = next(sophie for _, sophie in call.turns if "You're booked" in sophie)
    assert "brake inspection" in confirmed and "2021 Ford Focus" in confirmed and "Oscar Nolan" in confirmed


def test_every_turn_has_its_latency_on_record(lab: FastLab) -> None:
    lab.brain("offline-desk")
    call = lab.call("what are your opening hours", "thanks goodbye")
    query = "SELECT count(*) FROM reporting.turns WHERE call_sid = :sid AND added_ms IS NOT NULL"
    assert lab.rows(query, sid=call.record["sid"])[0][0] >= 1


def test_a_model_without_words_ends_with_the_desk_and_not_with_silence(lab: FastLab) -> None:
    lab.brain("hostile", "empty")
    call = lab.call("hello")
    assert "put you through" in call.heard
    assert call.record["dialled"], "the desk was rung"


def test_a_caller_who_barges_in_is_heard_at_once_and_the_record_holds_what_they_heard(lab: FastLab) -> None:
    lab.brain("offline-desk")
    call = lab.call("what are your opening hours", "where are you", "goodbye", barges_in=True)
    assert call.record["clears"] >= 1
    query = "SELECT sophie_said FROM turns WHERE call_sid = :sid AND barged_in ORDER BY turn"
    cut = lab.rows(query, sid=call.record["sid"])
    assert cut and "Thanks for calling Maple Street Auto Care. This is Sophie".startswith(cut[0][0])
    assert call.record["faults"] == []


def test_a_customer_on_file_confirms_who_they_are_and_books_for_their_own_car(lab: FastLab) -> None:
    lab.brain("offline-desk")
    alone = "SELECT phone FROM reporting.customers GROUP BY phone HAVING count(*) = 1"
    phone, last_name, customer = lab.rows(
        f"SELECT phone, last_name, id FROM reporting.customers WHERE phone IN ({alone}) AND id IN "  # noqa: S608
        "(SELECT customer_id FROM vehicles GROUP BY customer_id HAVING count(*) = 1) ORDER BY id LIMIT 1"
    )[0]
    call = lab.call(
        "I'd like to book an oil change",
        f"my last name is {last_name}",
        "as early as possible",
        "the first one",
        "yes that car",
        "yes please",
        "no thank you goodbye",
        caller=phone,
    )
    assert ("verify_caller", "verified") in call.tools, call.turns
    assert call.outcome == "booked", call.turns
    query = "SELECT customer_id FROM appointments WHERE call_sid = :sid"
    assert lab.rows(query, sid=call.record["sid"]) == [(customer,)]


def test_a_stranger_with_a_customers_number_hears_nothing_of_theirs(lab: FastLab) -> None:
    lab.brain("offline-desk")
    phone, make = lab.rows(
        "SELECT c.phone, v.make FROM customers c JOIN vehicles v ON v.customer_id = c.id ORDER BY c.id LIMIT 1"
    )[0]
    guesses = ["my last name is Zuckermandel", "Zuckermandel", "it is Zuckermandel", "Zuckermandel really"]
    call = lab.call("when is my appointment", *guesses, "goodbye", caller=phone)
    assert ("verify_caller", "verified") not in call.tools
    assert make not in call.heard
