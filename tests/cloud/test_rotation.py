"""While a secret is replaced, the old and the new one are both accepted; afterwards the old one is not."""

from shared import stream_token
from shared.settings import Part, read
from shared.twilio_signature import is_signed, sign
from tests.cloud.test_staged_functions import SETTINGS

NOW = 1_800_000_000.0
OLD, NEW = "o" * 32, "n" * 32
URL, FORM = "https://telephony.example/voice", {"CallSid": ["CA1"]}


def test_a_stream_token_of_the_secret_before_is_accepted_until_it_is_taken_away() -> None:
    issued = stream_token.issue(OLD, "CA1", 0, NOW, "nonce")
    both = read(SETTINGS | {"STREAM_TOKEN_SECRET": NEW, "STREAM_TOKEN_SECRET_PREVIOUS": OLD}, Part.TELEPHONY)
    after = read(SETTINGS | {"STREAM_TOKEN_SECRET": NEW}, Part.TELEPHONY)
    assert stream_token.check(both.stream_token_secrets, issued, NOW) is not None
    assert stream_token.check(after.stream_token_secrets, issued, NOW) is None
    assert both.stream_token_secrets[0] == NEW


def test_what_twilio_signs_with_either_of_its_two_tokens_is_accepted_until_one_is_taken_away() -> None:
    both = read(SETTINGS | {"TWILIO_AUTH_TOKEN": NEW, "TWILIO_AUTH_TOKEN_SECONDARY": OLD}, Part.TELEPHONY)
    after = read(SETTINGS | {"TWILIO_AUTH_TOKEN": NEW}, Part.TELEPHONY)
    for token in (OLD, NEW):
        assert is_signed(both.twilio_secrets, URL, sign(token, URL, FORM), form=FORM)
    assert not is_signed(after.twilio_secrets, URL, sign(OLD, URL, FORM), form=FORM)
