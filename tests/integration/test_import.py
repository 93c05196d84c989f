"""`python -m seed.import` on a real Postgres: what a workshop's program exports becomes customers and cars, once."""

import csv
import runpy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from seed.customer_import import main
from shared.services import Services
from shared.sessions.customer_cache import OnFile
from tests.integration.desk_calls import rows

VIN, OTHER_VIN = "1HGCM82633A004352", "JM3KFBDM7J0300000"
HEADER = "Cust #,First Name,Last Name,Home Phone,Cell Phone,Email,Zip,Veh ID,VIN,Year,Make,Model,Odometer,Last Visit"
ANA = f'C1,ANA,LOPEZ,,(217) 555-0142,ana@example.com,62704,V1,{VIN},2003,HONDA,ACCORD,"120,345",3/4/2026'
BEN = "C2,Ben,Quill,2175550143,,,,V2,,2018,Mazda,CX-5,40000,"
PEOPLE = "SELECT phone, first_name, last_name, zip, email, source, external_id FROM reporting.customers ORDER BY id"
CARS = "SELECT customer_phone, vin, year, make, model, mileage, external_id FROM reporting.vehicles ORDER BY id"
HELD = ("customers", "vehicles", "service_history", "consents", "opt_outs")
LISTS = ", ".join(f"(SELECT array_agg(to_jsonb(t)) FROM {table} t)" for table in HELD)  # noqa: S608
EVERYTHING = f"SELECT {LISTS}, (SELECT array_agg(to_jsonb(a)) FROM audit a WHERE who = 'import')"  # noqa: S608

Write = Callable[..., str]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("SOPHIE_ENV", "local")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> str:
        path = tmp_path / "customers.csv"
        path.write_bytes("\r\n".join((header, *lines, "")).encode(encoding))
        return str(path)

    return write


def report_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_customers_and_cars_of_an_export_are_taken_over(services: Services, write: Write) -> None:
    assert main([write(ANA, BEN)]) == 0
    assert rows(services, PEOPLE) == [
        ("+12175550142", "Ana", "Lopez", "62704", "ana@example.com", "import", "C1"),
        ("+12175550143", "Ben", "Quill", None, None, "import", "C2"),
    ]
    assert rows(services, CARS) == [
        ("+12175550142", VIN, 2003, "Honda", "Accord", 120345, "V1"),
        ("+12175550143", None, 2018, "Mazda", "CX-5", 40000, "V2"),
    ]
    done = rows(services, "SELECT vin, service, CAST(done_on AS text), mileage FROM reporting.service_history")
    assert done == [(VIN, "service", "2026-03-04", 120345)]
    loads = rows(services, "SELECT who, why, table_name, after FROM audit WHERE action = 'load' ORDER BY id")
    assert loads[0] == ("import", "customers.csv", "customers", {"rows": 2})


def test_the_same_file_again_changes_nothing(services: Services, write: Write) -> None:
    file = write(ANA, BEN)
    assert main([file]) == 0
    before = rows(services, EVERYTHING)
    assert main([file]) == 0
    assert rows(services, EVERYTHING) == before


def test_a_changed_row_changes_its_customer_and_an_empty_cell_erases_nothing(services: Services, write: Write) -> None:
    assert main([write(ANA, BEN)]) == 0
    assert main([write(f"C1,Ana,Lopez,,217-555-0199,,62711,V1,{VIN},,Honda,,125000,")]) == 0
    assert rows(services, PEOPLE)[0] == ("+12175550199", "Ana", "Lopez", "62711", "ana@example.com", "import", "C1")
    assert rows(services, CARS)[0] == ("+12175550199", VIN, 2003, "Honda", "Accord", 125000, "V1")
    assert len(rows(services, PEOPLE)) == 2
    changed = rows(
        services, "SELECT who, before, after FROM audit WHERE table_name = 'customers' AND action = 'update'"
    )
    assert changed == [("import", {"phone": "+12175550142", "zip": "62704"}, {"phone": "+12175550199", "zip": "62711"})]


def test_customers_who_called_before_are_recognised_by_number_and_name(services: Services, write: Write) -> None:
    with services.database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO customers (phone, first_name, last_name, zone, created_at) "
            "VALUES ('+12175550143', 'ben', 'Quill', 'America/Chicago', '2026-01-01T00:00Z'), "
            "('+12175550143', 'Zoe', 'Quill', 'America/Chicago', '2026-01-01T00:00Z')"
        )
        connection.exec_driver_sql(
            "INSERT INTO vehicles (customer_id, year, make, model, created_at) "
            "SELECT id, 2018, 'Mazda', 'cx-5', created_at FROM customers WHERE first_name = 'ben'"
        )
    assert main([write(BEN)]) == 0
    assert [(row[1], row[6]) for row in rows(services, PEOPLE)] == [("ben", "C2"), ("Zoe", None)]
    assert rows(services, "SELECT model, external_id, mileage FROM vehicles") == [("cx-5", "V2", 40000)]


def test_rows_of_one_customer_become_one_customer_with_several_cars(services: Services, write: Write) -> None:
    nameless = "First Name,Last Name,Phone,VIN,Make"
    file = write(
        f"Ana,Lopez,217 555 0142,{VIN},Honda", f"ANA,LOPEZ,+1 (217) 555-0142,{OTHER_VIN},Mazda",
        f"Ana,Lopez,2175550142,{VIN},Honda", f"Ben,Lopez,2175550142,{VIN},Honda", header=nameless,
    )  # fmt: skip
    assert main([file]) == 0
    assert [row[1] for row in rows(services, PEOPLE)] == ["Ana", "Ben"]
    owned = "SELECT c.first_name, v.vin FROM vehicles v JOIN customers c ON c.id = v.customer_id ORDER BY v.id"
    assert rows(services, owned) == [("Ana", VIN), ("Ana", OTHER_VIN), ("Ben", VIN)]


def test_a_car_that_was_sold_is_its_new_owners_and_what_was_booked_stays(services: Services, write: Write) -> None:
    assert main([write(ANA, BEN)]) == 0
    sold = BEN.replace("V2,,2018,Mazda,CX-5", f"V1,{VIN},2003,Honda,Accord")
    assert main([write(ANA.replace(f"V1,{VIN},2003,HONDA,ACCORD", "V9,,2020,Kia,Soul"), sold)]) == 0
    owned = "SELECT c.first_name, v.vin, v.external_id FROM vehicles v JOIN customers c ON c.id = v.customer_id \
        WHERE v.vin IS NOT NULL ORDER BY v.id"
    assert rows(services, owned) == [("Ana", VIN, None), ("Ben", VIN, "V1")]


def test_rejected_rows_are_reported_with_line_and_reason_and_the_others_written(
    services: Services, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(
        ANA,
        "C3,=cmd|' /C calc'!A0,Formula,2175550144,,,,,,,,,,",
        "C4,Cora,Numberless,12,,,,,,,,,,",
        "C5,Dan,Vin,2175550145,,,,,1HGCM82633A0O4352,2003,Honda,Accord,,",
        "C6,Eve,Short,2175550146",
        'C7,Fay,"Open,2175550147,,,,,,,,,,',
        BEN,
    )
    report = tmp_path / "rejected.csv"
    assert main([file, "--report", str(report)]) == 1
    assert report_of(report)[0][:3] == ["line", "reason", "Cust #"]
    told = {row[0]: row[1] for row in report_of(report)[1:]}
    assert "holds characters that no name has" in told["3"]
    assert "home_phone is no telephone number" in told["4"]
    assert f"perhaps {VIN} is meant" in told["5"]
    assert told["6"] == "the row has 4 cells, the header 14"
    assert "nothing of lines 7 to 8 was read" in told["7"]
    assert report_of(report)[1][3].startswith("'=cmd")
    assert report.stat().st_mode & 0o077 == 0
    assert [row[6] for row in rows(services, PEOPLE)] == ["C1"]
    assert "5 of 6 rows cannot be taken" in capsys.readouterr().out


def test_the_report_put_right_can_be_imported_itself(services: Services, write: Write, tmp_path: Path) -> None:
    report = tmp_path / "rejected.csv"
    assert main([write(BEN.replace("Mazda", ""), header=HEADER), "--report", str(report)]) == 2
    mended = report_of(report)
    mended[1][mended[0].index("Make")] = "Mazda"
    mended[1][mended[0].index("Home Phone")] = "'+12175550143"
    with report.open("w", newline="") as file:
        csv.writer(file).writerows(mended)
    assert main([str(report)]) == 0
    assert rows(services, CARS)[0][:4] == ("+12175550143", None, 2018, "Mazda")


def test_the_report_never_takes_the_place_of_the_file(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(ANA)
    assert main([file, "--report", file]) == 2
    assert "name another one" in capsys.readouterr().err
    assert Path(file).read_text().startswith("Cust #")


def test_rows_that_contradict_each_other_are_rejected(services: Services, write: Write, tmp_path: Path) -> None:
    report = tmp_path / "rejected.csv"
    file = write(
        ANA, BEN.replace("C2", "C1"), ANA.replace("C1", "C3"), BEN.replace("V2", "V1"),
        ANA.replace(VIN, OTHER_VIN),
    )  # fmt: skip
    assert main([file, "--report", str(report)]) == 1
    assert [row[:2] for row in report_of(report)[1:]] == [
        ["3", "customer_number stands on line 2 for another name"],
        ["4", "the same person stands on line 2 under another customer_number"],
        ["5", "vehicle_number stands on line 2 for another customer"],
        ["6", "vin differs from that of the same car on line 2"],
    ]
    assert len(rows(services, PEOPLE)) == len(rows(services, CARS)) == 1


def test_a_dry_run_tells_the_same_and_writes_nothing(
    services: Services, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([write(ANA, BEN), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "Cell Phone -> cell_phone" in told
    assert "nothing was written" in told and "2 customers added, 2 vehicles added" in told
    assert rows(services, EVERYTHING) == [(None,) * 6]


def test_consents_are_taken_with_their_evidence_and_only_where_they_are_mapped(
    services: Services, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "Name,Phone,Reminder OK,Since,Do Not Call"
    lines = ('"Lopez, Ana",2175550142,yes,2026-03-04,no', "Ben Quill,2175550143,no,,yes", "Cy Nott,2175550144,yes,,")
    assert main([write(*lines[:2], header=header)]) == 0
    assert rows(services, "SELECT count(*) FROM consents") == [(0,)]
    assert "not read: Reminder OK, Since" in capsys.readouterr().out
    mapped = ["--map", "Reminder OK=consent_reminder,Since=consent_date"]
    assert main([write(*lines, header=header), *mapped]) == 1
    given = "SELECT phone, kind, source, basis, evidence, CAST(given_at AT TIME ZONE 'America/Chicago' AS text) \
        FROM consents"
    assert rows(services, given) == [
        ("+12175550142", "reminder_call", "import", "prior_express", "customers.csv, line 2", "2026-03-04 00:00:00")
    ]
    assert rows(services, "SELECT phone, source FROM opt_outs") == [("+12175550143", "import")]
    assert "consent_date is needed with a consent" in capsys.readouterr().out
    # Withdrawn by the file, it is not given again by an older one.
    assert main([write(lines[0].replace("yes", "no"), header=header), *mapped]) == 0
    assert main([write(lines[0], header=header), *mapped]) == 0
    assert rows(services, "SELECT count(*), count(withdrawn_at) FROM consents") == [(1, 1)]


def test_the_zone_is_the_columns_then_the_operators_then_the_shops(services: Services, write: Write) -> None:
    assert main([write("Ann Ames,2175550101,", header="Name,Phone,Zone")]) == 0
    file = write("Bo Bond,2175550102,", "Cy Cole,2175550103,America/Denver", header="Name,Phone,Zone")
    assert main([file, "--zone", "America/New_York"]) == 0
    zones = [zone for (zone,) in rows(services, "SELECT zone FROM customers ORDER BY phone")]
    assert zones == ["America/Chicago", "America/New_York", "America/Denver"]
    assert main([file, "--zone", "Mars/Olympus"]) == 2


def test_somebody_who_was_erased_is_not_filled_in_again(services: Services, write: Write) -> None:
    with services.database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO customers (first_name, last_name, zone, created_at, erased_at) "
            "VALUES ('erased', 'erased', 'America/Chicago', now(), now())"
        )
    assert main([write(BEN)]) == 0
    assert rows(services, "SELECT count(*) FROM customers WHERE erased_at IS NULL") == [(1,)]


def test_a_database_that_is_behind_or_ahead_is_told_and_left_alone(
    services: Services, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    for version, sentence in (("0005_reporting", "python -m shared.storage.migrate"), ("9999_later", "newer")):
        with services.database.transaction() as connection:
            connection.execute(text("UPDATE schema_version SET version_num = :version"), {"version": version})
        assert main([write(ANA)]) == 2
        assert sentence in capsys.readouterr().err
    assert rows(services, "SELECT count(*) FROM customers") == [(0,)]


def test_a_database_without_schema_or_server_is_told(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert main([write(ANA)]) == 2
    assert "no schema yet" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none?sslmode=disable")
    assert main([write(ANA)]) == 2
    assert "cannot be reached" in capsys.readouterr().err


def test_several_batches_are_written_like_one(services: Services, write: Write) -> None:
    lines = [
        f"C{n},Pat,Number {n},(217) 55{n // 10_000}-{n % 10_000:04d},,,,V{n},,2018,Mazda,CX-5,{n},"
        for n in range(4_100)
    ]
    file = write(*lines)
    assert main([file]) == 0
    assert rows(services, "SELECT count(*), count(DISTINCT external_id) FROM customers") == [(4_100, 4_100)]
    before = rows(services, "SELECT max(id), count(*) FROM vehicles")
    assert main([file]) == 0
    assert rows(services, "SELECT max(id), count(*) FROM vehicles") == before


def test_two_imports_at_once_add_nobody_twice(services: Services, write: Write) -> None:
    file = write("Ana Lopez,2175550142,Honda,Accord", header="Name,Phone,Make,Model")
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(main, ([file], [file]))) == [0, 0]
    assert len(rows(services, PEOPLE)) == len(rows(services, CARS)) == 1


def test_calls_know_of_an_import_at_once(services: Services, write: Write) -> None:
    lease = services.customer_cache.get("+12175550143").lease
    assert lease is not None
    services.customer_cache.put("+12175550143", OnFile((1,), ("zip",)), lease)
    assert main([write(BEN), "--dry-run"]) == 0
    assert services.customer_cache.get("+12175550143").on_file is not None
    assert main([write(BEN)]) == 0
    assert services.customer_cache.get("+12175550143").on_file is None


def test_it_is_started_as_a_module(services: Services, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["import", write(ANA)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("seed.import", run_name="__main__")
    assert ended.value.code == 0
    assert len(rows(services, PEOPLE)) == 1
