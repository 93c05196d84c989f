"""A peer that is down is left alone, and one probe finds out that it is back."""

from shared.circuit import Circuit


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def opened(clock: Hand) -> Circuit:
    circuit = Circuit(failures=3, rest=30.0, clock=clock)
    for _ in range(3):
        assert circuit.may_pass()
        circuit.went(False)
    return circuit


def test_three_failures_in_a_row_open_it_and_a_success_between_begins_the_count_again() -> None:
    circuit = Circuit(failures=3, rest=30.0, clock=Hand())
    for well in (False, False, True, False, False):
        assert circuit.may_pass()
        circuit.went(well)
    assert circuit.may_pass()
    circuit.went(False)
    assert not circuit.may_pass()


def test_after_the_rest_one_may_pass_and_all_others_wait_for_how_it_goes() -> None:
    clock = Hand()
    circuit = opened(clock)
    clock.at += 29.9
    assert not circuit.may_pass()
    clock.at += 0.1
    assert [circuit.may_pass() for _ in range(3)] == [True, False, False]
    circuit.went(True)
    assert [circuit.may_pass() for _ in range(3)] == [True, True, True]


def test_a_probe_that_fails_begins_the_rest_again() -> None:
    clock = Hand()
    circuit = opened(clock)
    clock.at += 30
    assert circuit.may_pass()
    circuit.went(False)
    clock.at += 29
    assert not circuit.may_pass()
    clock.at += 1
    assert circuit.may_pass()


def test_a_probe_that_never_comes_back_does_not_shut_it_for_ever() -> None:
    clock = Hand()
    circuit = opened(clock)
    clock.at += 30
    assert circuit.may_pass()
    clock.at += 30
    assert circuit.may_pass()
