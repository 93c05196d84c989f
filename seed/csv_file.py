"""A CSV file as any program exports it: encoding and delimiter are found out, every record knows its line.

Comma, semicolon, tab or bar; UTF-8 with and without its mark, UTF-16, Windows-1252. What the columns mean is not known
here. A file that cannot be one is refused in a sentence that names the line; a record that is broken is told as such
and the next one is read. Nothing is read whole: a line of a gigabyte costs no more than the longest line allowed.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from shared.errors import ConfigurationError

LONGEST_LINE = 100_000
MOST_COLUMNS = 300
_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
# What a file begins with that is something else.
_OTHERS = {
    b"PK\x03\x04": "a ZIP archive or an XLSX workbook", b"\xd0\xcf\x11\xe0": "an XLS workbook", b"%PDF": "a PDF",
    b"\x1f\x8b": "a GZIP archive", b"{": "JSON", b"<": "XML or HTML",
}  # fmt: skip
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WRONG_BYTE = re.compile("[\udc80-\udcff]")
_OTHER_THAN_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Record:
    """The cells under the header's columns, or what is wrong with them. `line` is where it begins, counted from 1."""

    line: int
    cells: tuple[str, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class CsvFile:
    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int

    def records(self) -> Iterator[Record]:
        """Every record under the header that is not blank."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            lines = _Lines(self.path, file)
            for record in _records(lines, self.delimiter):
                if record.line > self.header_line and (record.fault or any(map(str.strip, record.cells))):
                    yield self._fitted(record)

    def _fitted(self, record: Record) -> Record:
        """Programs write empty cells at the end of a line, or do not."""
        wanted, given = len(self.header), len(record.cells)
        if record.fault or given == wanted or any(record.cells[wanted:]):
            same = record.fault or given == wanted
            fault = record.fault if same else f"the row has {given} cells, the header {wanted}"
            return Record(record.line, record.cells[:MOST_COLUMNS], fault)
        if given < wanted:
            return Record(record.line, record.cells, f"the row has {given} cells, the header {wanted}")
        return Record(record.line, record.cells[:wanted])


def open_csv(path: Path) -> CsvFile:
    """The file with what its first lines tell. Raises ConfigurationError when it cannot be read as CSV."""
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            lines = _Lines(path, file)
            first = next((line for line in lines if line.strip()), "")
        if not first:
            raise ConfigurationError(f"{path} is empty.")
        told = re.fullmatch(r"sep=(.)\s*", first)
        delimiter = told[1] if told else max(_DELIMITERS, key=lambda each: _width(first, each))
        with path.open(encoding=encoding, newline="") as file:
            records = _records(_Lines(path, file), delimiter)
            header = next((each for each in records if each.fault or _names_columns(each.cells)), None)
    except OSError as why:
        raise ConfigurationError(f"{path} cannot be read: {why.strerror}.") from why
    if header is None or header.fault:
        raise ConfigurationError(f"{path} has no header: its first line must name the columns.")
    if len(header.cells) > MOST_COLUMNS:
        raise ConfigurationError(f"{path} has {len(header.cells)} columns; {MOST_COLUMNS} are the most that are read.")
    return CsvFile(path, encoding, delimiter, tuple(each.strip() for each in header.cells), header.line)


@dataclass(slots=True)
class _Lines:
    """The physical lines of a file, counted and bounded."""

    path: Path
    file: TextIO
    read: int = field(default=0)

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(LONGEST_LINE + 1):
            self.read += 1
            if len(line) > LONGEST_LINE:
                raise ConfigurationError(
                    f"Line {self.read} of {self.path} is longer than {LONGEST_LINE:,} characters: is it a CSV file?"
                )
            yield line


def _records(lines: _Lines, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        began = lines.read + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(began, (), _quotes(began, lines.read))
        else:
            yield Record(began, tuple(cells))


def _quotes(first: int, last: int) -> str:
    if first == last:
        return "the quotes of the row do not pair"
    return f"a quote is opened and not closed; nothing of lines {first} to {last} was read"


def _names_columns(cells: tuple[str, ...]) -> bool:
    return any(map(str.strip, cells)) and not cells[0].startswith("sep=")


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 0


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise ConfigurationError(f"{path} is empty.")
    for magic, kind in _OTHERS.items():
        if head.startswith(magic):
            raise ConfigurationError(f"{path} is {kind}, not CSV: save it as 'CSV UTF-8' and import that file.")
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None) or _utf16_unmarked(head)
    if encoding is not None:
        _refuse_wrong_bytes(path, encoding, _scan(path, encoding))
        return encoding
    scan = _scan(path, "utf-8")
    if scan.wrong_line is None or scan.other_than_ascii:
        _refuse_wrong_bytes(path, "utf-8", scan)
        return "utf-8"
    _refuse_wrong_bytes(path, "cp1252", _scan(path, "cp1252"))
    return "cp1252"


def _utf16_unmarked(head: bytes) -> str | None:
    """Latin text in UTF-16 has a zero as every other byte."""
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > len(head) // 4 else None


@dataclass(slots=True)
class _Scan:
    """What a file holds when it is read in an encoding: the first line with bytes that do not belong there, and
    whether there are characters besides ASCII."""

    wrong_line: int | None = None
    other_than_ascii: bool = False


def _scan(path: Path, encoding: str) -> _Scan:
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")
    found, lines, chunk = _Scan(), 1, b"-"
    with path.open("rb") as file:
        while chunk:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:  # UTF-16 cannot escape what it cannot read
                return _Scan(lines, True)
            wrong = _WRONG_BYTE.search(text)
            if wrong is not None and found.wrong_line is None:
                found.wrong_line = lines + text.count("\n", 0, wrong.start())
            found.other_than_ascii = found.other_than_ascii or _OTHER_THAN_ASCII.search(text) is not None
            lines += text.count("\n")
    return found


def _refuse_wrong_bytes(path: Path, encoding: str, scan: _Scan) -> None:
    if scan.wrong_line is not None:
        raise ConfigurationError(
            f"Line {scan.wrong_line} of {path} holds bytes that are not {encoding.upper()}, as the rest of the file "
            "is: export it again as 'CSV UTF-8'."
        )
