"""What a call's handles mean, however many of them there are."""

from shared.tools.call import CallContext


def test_a_handle_never_means_two_things_however_many_are_given_out() -> None:
    call = CallContext("CA1", "inbound", None)
    meant = {call.issue("intent", {"id": "first"}): "first", call.issue("car", {"id": 1, "customer": 1}): "1"}
    for number in range(1000):
        call.issue("slot", {"start": str(number)})
    for number in range(2, 20):
        meant.setdefault(call.issue("intent", {"id": str(number)}), str(number))
    assert len(meant) == 20
    assert call.bound("intent", "intent_1") == {"id": "first"}
    assert len(call.handles) == 400
