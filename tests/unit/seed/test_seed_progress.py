"""Progress on a terminal and elsewhere."""

from io import StringIO

from seed.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class NarrowTerminal(Terminal):
    """One that cannot show the signs of the bar."""

    def write(self, text: str) -> int:
        raise UnicodeEncodeError("ascii", text, 0, 1, "no such sign")


def test_elsewhere_one_line_is_written_when_a_table_is_done() -> None:
    out = StringIO()
    assert list(Progress(out).each("customers", range(1_200), 1_200)) == list(range(1_200))
    assert out.getvalue() == "  customers: 1,200\n"


def test_on_a_terminal_a_bar_grows_to_its_full_length_on_one_line() -> None:
    out = Terminal()
    list(Progress(out).each("customers", range(1_200), 1_200))
    states = out.getvalue().split("\r")
    assert len(states) >= 3 and out.getvalue().count("\n") == 1
    assert "░" in states[1] and "░" not in states[-1] and states[-1].endswith(" 1,200\n")


def test_a_table_without_rows_is_done_at_once() -> None:
    out = Terminal()
    assert list(Progress(out).each("turns", [], 0)) == []
    assert out.getvalue().endswith(" 0\n")


def test_a_terminal_that_cannot_show_the_bar_stops_nothing() -> None:
    assert list(Progress(NarrowTerminal()).each("customers", range(3), 3)) == [0, 1, 2]
