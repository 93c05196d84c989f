"""Text messages that people send us: what is done, what is answered, and what it costs; on the lab's carrier."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count

import pytest

from tests.functions.conftest import CALLER, DESK, NIGHT, NUMBER, OPEN, Doors, twiml
from tests.functions.texting import ACCOUNT, Carrier, booked, over, running


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with running() as carrier:
        yield carrier


@pytest.fixture
def doors(telephony: Callable[..., Doors], carrier: Carrier) -> Doors:
    return telephony(TWILIO_API_BASE_URL=carrier.url, TWILIO_ACCOUNT_SID=ACCOUNT)


_SIDS = count()


def texted(doors: Doors, body: str, sender: str = CALLER, sid: str | None = None, **more: str) -> str | None:
    """What a person hears back who texts this."""
    form = {"MessageSid": sid or f"SM{next(_SIDS)}", "From": sender, "To": NUMBER, "Body": body, **more}
    return twiml(doors.post("/sms", form)).findtext("Message")


# What people text


def test_c_confirms_what_our_texts_have_named(doors: Doors) -> None:
    booked(doors)
    over(doors)
    for body in (" c. ", "C", "Confirm"):
        assert "confirmed" in (texted(doors, body) or "")
    assert doors.rows("SELECT status, version FROM appointments") == [("confirmed", 2)]
    assert doors.rows("SELECT version, action FROM calendar_outbox") == [(2, "upsert")]


def test_c_confirms_nothing_that_was_not_told_to_that_number(doors: Doors) -> None:
    booked(doors)
    over(doors)
    assert "nothing of this number" in (texted(doors, "C", "+12175550199") or "")
    assert doors.rows("SELECT status FROM appointments") == [("booked",)]


def test_r_is_a_call_back_of_which_the_desk_hears_at_once(doors: Doors, carrier: Carrier) -> None:
    doors.it_is(NIGHT)
    assert "when we open on Monday, November 23 at 7:30 AM" in (texted(doors, "r") or "")
    assert doors.rows("SELECT phone, reason, state FROM callbacks") == [(CALLER, "message", "open")]
    assert [to for to, _ in carrier.texts] == [DESK]


def test_r_again_and_again_is_one_call_back_until_the_desk_has_called(doors: Doors, carrier: Carrier) -> None:
    assert len({texted(doors, "R") for _ in range(4)}) == 1
    assert doors.rows("SELECT phone FROM callbacks") == [(CALLER,)] and len(carrier.texts) == 1
    doors.write("UPDATE callbacks SET state = 'done', done_at = :now, done_by = 'desk'", now=OPEN)
    texted(doors, "R")
    assert len(carrier.texts) == 2


@pytest.mark.parametrize("word", ["STOP", " Stop. ", "UNSUBSCRIBE", "Stop all", "QUIT", "cancel", "END", "revoke"])
def test_stop_ends_texts_and_calls_and_every_consent(doors: Doors, word: str) -> None:
    booked(doors)
    assert texted(doors, word) is None
    assert doors.rows("SELECT phone, source FROM opt_outs") == [(CALLER, "sms")]
    assert doors.rows("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == [(0,)]


def test_start_ends_an_opt_out_that_was_texted_and_no_other(doors: Doors) -> None:
    texted(doors, "STOP")
    assert texted(doors, "START") is None
    assert doors.rows("SELECT count(*) FROM opt_outs") == [(0,)]
    doors.write("INSERT INTO opt_outs VALUES (:phone, 'voice', :now)", phone=CALLER, now=OPEN)
    texted(doors, "START")
    assert doors.rows("SELECT count(*) FROM opt_outs") == [(1,)]


def test_help_says_who_we_are_and_how_to_end_it(doors: Doors) -> None:
    words = texted(doors, "help") or ""
    assert "Maple Street Auto Care" in words and NUMBER in words and "STOP" in words


@pytest.mark.parametrize("body", ["is my car ready?", "", "💥" * 400, "<Response/>", "CC", "x" * 1600])
def test_whatever_else_is_texted_is_told_what_can_be_answered(doors: Doors, body: str) -> None:
    assert NUMBER in (texted(doors, body) or "")


def test_two_machines_do_not_talk_to_each_other_all_night(doors: Doors) -> None:
    heard = [texted(doors, f"hello {each}") for each in range(9)]
    assert [each is not None for each in heard] == [True] * 6 + [False] * 3


def test_numbers_that_begin_alike_share_a_cap(doors: Doors) -> None:
    heard = [texted(doors, "hello", f"+1217555{each:04d}") for each in range(62)]
    assert sum(each is not None for each in heard) == 60
    assert texted(doors, "hello", "+12179990142") is not None


@pytest.mark.parametrize("sender", ["", "anonymous", "x" * 200, "+18765550142"])
def test_nobody_abroad_and_nobody_without_a_number_is_answered(doors: Doors, sender: str) -> None:
    assert texted(doors, "hello", sender) is None


# What texts cost, and the carrier on a bad day


def test_a_text_that_came_in_costs_its_segments_and_its_answer_costs_too(doors: Doors) -> None:
    texted(doors, "HELP", NumSegments="3")
    assert doors.rows("SELECT kind, segments, cost, phone FROM reporting.messages ORDER BY id") == [
        ("incoming", 3, Decimal("0.024900"), CALLER),
        ("reply", 1, Decimal("0.008300"), CALLER),
    ]


@pytest.mark.parametrize(("told", "segments"), [("", 2), ("0", 2), ("-1", 2), ("9" * 30, 2), ("\u0663", 2)])
def test_segments_that_the_carrier_does_not_tell_are_reckoned(doors: Doors, told: str, segments: int) -> None:
    texted(doors, "x" * 161, NumSegments=told)
    assert doors.rows("SELECT segments FROM messages WHERE kind = 'incoming'") == [(segments,)]


def test_of_a_text_that_came_in_no_words_are_kept(doors: Doors) -> None:
    texted(doors, "my card is 4111 1111 1111 1111")
    assert doors.rows("SELECT body FROM messages WHERE kind = 'incoming'") == [("",)]


def test_a_text_that_is_told_twice_is_answered_alike_and_costs_once(doors: Doors) -> None:
    heard = {texted(doors, "help", sid="SM7") for _ in range(3)}
    assert len(heard) == 1 and None not in heard
    assert doors.rows("SELECT kind, count(*) FROM messages GROUP BY kind ORDER BY kind") == [
        ("incoming", 1),
        ("reply", 1),
    ]


def test_a_start_that_is_told_again_does_not_lift_the_stop_that_followed_it(doors: Doors) -> None:
    texted(doors, "START", sid="SM1")
    texted(doors, "STOP", sid="SM2")
    texted(doors, "START", sid="SM1")
    assert doors.rows("SELECT phone FROM opt_outs") == [(CALLER,)]


def test_texts_that_come_in_do_not_take_sophie_off_the_line(doors: Doors) -> None:
    doors.write(
        "INSERT INTO messages (kind, phone, body, state, created_at, segments, cost) "
        "VALUES ('incoming', :phone, '', 'received', :at, 1, 100)",
        phone=CALLER,
        at=OPEN,
    )
    over(doors)
    assert doors.asked("/voice").find("Connect") is not None
