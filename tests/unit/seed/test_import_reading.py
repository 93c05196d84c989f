"""Files as programs export them: what they hold is found out, what is no CSV is refused in a sentence."""

from datetime import date
from pathlib import Path

import pytest

from seed import columns, written_values
from seed.csv_file import LONGEST_LINE, open_csv
from seed.customer_file import RowRejected, read_entry
from seed.rejected import harmless
from shared.errors import ConfigurationError

TODAY = date(2026, 11, 30)
TEXT = "Name;Phone\r\nJosé Müller;2175550142\r\n"


def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    found = open_csv(file(tmp_path, TEXT.replace(";", delimiter).encode(encoding)))
    assert found.header == ("Name", "Phone")
    assert [(each.line, each.cells) for each in found.records()] == [(2, ("José Müller", "2175550142"))]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\r\n \r\n", "is empty"),
        (b"PK\x03\x04rest", "XLSX"),
        (b"\xd0\xcf\x11\xe0rest", "XLS"),
        (b"%PDF-1.7", "PDF"),
        (b'{"customers": []}', "JSON"),
        ("Name,Phone\nJosé,1\n".encode() + b"M\xfcller,2\n", "Line 3"),
        (b"Name,Phone\nM\xfcller,1\n\x81,2\n", "Line 3"),
        ("Name,Phone\nJosé,1\n".encode("utf-16") + b"\x00\xd8\x00\xd8", "Line"),
        (b"Name,Phone" + b",x" * 400 + b"\n", "columns"),
        (b"a," * 1_000_000, "longer than"),
        (b"Name,Phone\n" + b"x" * (LONGEST_LINE + 2), "Line 2"),
        (b'"Name,Phone\nAna,1\n', "no header"),
    ],
)
def test_what_is_no_csv_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        list(open_csv(file(tmp_path, content)).records())


def test_a_record_knows_the_line_it_begins_on(tmp_path: Path) -> None:
    content = b'sep=,\nName,Phone\n"Ana\nLopez",1\n\n,\nBen,2,,\nCy,3,4\nDi\n"E"e,5\nFay,6\n'
    records = list(open_csv(file(tmp_path, content)).records())
    assert [(each.line, each.fault is None) for each in records] == [
        (3, True), (7, True), (8, False), (9, False), (10, False), (11, True),
    ]  # fmt: skip


def test_columns_are_guessed_from_the_names_that_programs_use() -> None:
    header = ("Cust. No", "FIRST NAME", "last_name", "Cell Phone #", "E-Mail", "Postal Code", "V.I.N.", "Yr", "Advisor")
    assert columns.place(header, {}) == {
        "customer_number": 0, "first_name": 1, "last_name": 2, "cell_phone": 3, "email": 4, "zip": 5, "vin": 6,
        "year": 7,
    }  # fmt: skip


def test_what_the_operator_says_of_a_column_goes_first(tmp_path: Path) -> None:
    header = ("Name", "Phone", "Tel 2", "Make")
    wishes = columns.read_map("Tel 2=phone,make=")
    assert columns.place(header, wishes) == {"name": 0, "phone": 2}
    toml = file(tmp_path, b'"Tel 2" = "phone"\nmake = ""\n').rename(tmp_path / "map.toml")
    assert columns.read_map(str(toml)) == {"Tel 2": "phone", "make": ""}


@pytest.mark.parametrize(
    ("header", "wishes", "sentence"),
    [
        (("Name",), {}, "telephone number"),
        (("Phone",), {}, "the name"),
        (("217", "555"), {}, "--map"),
        (("Name", "Phone"), {"Nmae": "name"}, "'Nmae'"),
        (("Name", "Phone"), {"Name": "nickname"}, "'nickname'"),
        (("Name", "Phone", "OK"), {"OK": "consent_reminder"}, "consent_date"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_what_there_is(
    header: tuple[str, ...], wishes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        columns.place(header, wishes)


@pytest.mark.parametrize("given", ["phone", "Phone=phone,", "missing.toml"])
def test_a_map_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError):
        columns.read_map(given)


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        ("MARY-ANN", "Mary-Ann"), ("O'NEIL", "O'Neil"), ("mcdonald", "McDonald"), ("JOE'S", "Joe's"),
        ("DeShawn", "DeShawn"),
        ("ACME III", "Acme III"), ("Mack", "Mack"), ("MACK", "Mack"), ("NUÑEZ", "Nuñez"),
    ],
)  # fmt: skip
def test_names_in_capitals_are_tidied(given: str, tidy: str) -> None:
    assert written_values.name(given) == tidy


@pytest.mark.parametrize(
    ("cells", "phone"),
    [
        ({"phone": "(217) 555-0142 ext. 12", "home_phone": "217.555.0143"}, "+12175550143"),
        ({"work_phone": "217-555-0142 x12"}, "+12175550142"),
        ({"cell_phone": "n/a", "home_phone": "2175550143"}, "+12175550143"),
        ({"cell_phone": "see notes", "home_phone": "2175550143"}, "+12175550143"),
        ({"cell_phone": '="2175550143"'}, "+12175550143"),
        ({"phone": "+49 30 901820"}, "+4930901820"),
        ({"phone": "011 44 20 7946 0018"}, "+442079460018"),
    ],
)
def test_the_number_that_can_be_dialled_is_taken(cells: dict[str, str], phone: str) -> None:
    assert read_entry(2, {"name": "Ana Lopez", **cells}, TODAY).person.phone == phone


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"phone": "2.17555E+09"}, "phone is no telephone number"),
        ({"phone": "+1"}, "phone is no telephone number"),
        ({"phone": "=1+1"}, "phone is no telephone number"),
        ({"phone": ""}, "phone is empty"),
        ({"name": "Acme"}, "name holds one word"),
        ({"name": "x" * 41 + ", Ana"}, "name has 41 characters"),
        ({"name": "Ana\0 Lopez"}, "NUL"),
        ({"email": "ana@home"}, "email is no e-mail address"),
        ({"zip": "K1A 0B1"}, "zip is no ZIP code"),
        ({"vin": "1HGCM82633A00435"}, "vin has 16 characters"),
        ({"vin": "1HGCM82633AOO4352"}, "perhaps 1HGCM82633A004352 is meant"),
        ({"vin": "1HGCM8263ЗA004352"}, "vin has signs"),
        ({"vin": "1HGCM8263BA004352"}, "check digit"),
        ({"model": "Accord"}, "make is empty"),
        ({"make": "Honda", "year": "3003"}, "year is no year of a car"),
        ({"make": "Honda", "plate": "<script>"}, "plate is no licence plate"),
        ({"make": "Honda", "mileage": "a lot"}, "mileage is no mileage"),
        ({"make": "Honda", "last_service_date": "3/4/2030"}, "has not come yet"),
        ({"make": "Honda", "last_service_date": "31/31/2020"}, "is no day"),
        ({"consent_reminder": "yes"}, "consent_date is needed"),
        ({"do_not_call": "perhaps"}, "neither yes nor no"),
    ],
)
def test_a_row_with_anything_wrong_is_rejected_with_its_reason(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(RowRejected, match=reason):
        read_entry(2, {"name": "Ana Lopez", "phone": "2175550142", **cells}, TODAY)


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    with pytest.raises(RowRejected) as told:
        read_entry(2, {"name": "Ana", "phone": "1", "zip": "1", "vin": "1"}, TODAY)
    assert len(told.value.reasons) == 4


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-03-04", (2026, 3, 4)), ("3/4/2026", (2026, 3, 4)), ("03/04/26 12:00:00 AM", (2026, 3, 4)),
     ("2026-03-04T10:00:00Z", (2026, 3, 4)), ("04-Mar-2026", (2026, 3, 4)), ("20260304", (2026, 3, 4))],
)  # fmt: skip
def test_days_are_read_as_programs_write_them(written: str, day: tuple[int, int, int]) -> None:
    assert written_values.day(written, TODAY) == date(*day)


@pytest.mark.parametrize("cell", ["=1+1", "+1217", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_carry_out_is_made_harmless(cell: str) -> None:
    assert harmless(cell).startswith("'")
    assert harmless(f"x{cell}") == f"x{cell}"
