"""The shop file: what it holds, and the sentence for each mistake in it."""

from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from shared.shop import STANDARD_FILE, load_shop


def test_the_shop_that_comes_with_the_project_is_whole() -> None:
    shop = load_shop()
    assert len(shop.bays) >= 4
    assert len(shop.services) >= 10
    assert len({word for each in shop.services for word in each.synonyms}) >= 30
    assert "55501" in shop.desk_number
    assert shop.address == "12 Maple Street, Springfield, Illinois"
    assert shop.service("oil_change") in shop.services
    assert shop.service("nothing") is None
    assert {mode for each in shop.services for mode in each.modes} == {"wait", "drop_off", "shuttle", "loaner"}
    assert {"payment", "shuttle", "key_drop", "parking", "waiting_room"} <= set(shop.facts)
    assert shop.retention.transcript_days == 30
    alignment = shop.service("alignment")
    assert alignment is not None
    assert [bay.number for bay in shop.bays if alignment.equipment in bay.equipment] == [4]


def test_what_a_shop_does_not_have_may_be_left_out(tmp_path: Path) -> None:
    lines = STANDARD_FILE.read_text(encoding="utf-8").replace(', "shuttle"', "").splitlines()
    plain = tmp_path / "shop.toml"
    plain.write_text("\n".join(line for line in lines if not line.startswith(("shuttle_f", "shuttle_u", "bring"))))
    shop = load_shop(plain)
    assert (shop.rules.shuttle_from, shop.rules.shuttle_until) == (None, None)
    assert {each.bring for each in shop.services} == {None}


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ('name = "Maple Street Auto Care"', 'name = ""', "'name' must be a text"),
        ('zone = "America/Chicago"', 'zone = "Illinois"', "IANA zone"),
        ('desk_number = "+12175550100"', 'desk_number = "217 555 0100"', "E.164"),
        ('monday = ["07:30", "18:00"]', 'monday = ["18:00", "07:30"]', "closes at 07:30, before it opens"),
        ('monday = ["07:30", "18:00"]', 'moonday = ["07:30", "18:00"]', "'moonday' in [hours] is not a day"),
        ('monday = ["07:30", "18:00"]', 'monday = "all day"', "hours of monday must look like"),
        ("2026-12-25 =", "Christmas =", "is not a date"),
        ("write_up_minutes = 15", "write_up_minutes = 25", "must divide an hour"),
        ("lead_minutes = 60", "lead_minutes = -1", "'lead_minutes' must be a whole number"),
        ('price = ["59", "89"]', 'price = ["89", "59"]', "from the lower to the higher"),
        ('price = ["59", "89"]', "price = 59", "'price' of oil_change"),
        ('skill = "alignment"', 'skill = "magic"', "no technician has the skill 'magic'"),
        ('code = "tire_rotation"', 'code = "oil_change"', "a service code stands twice"),
        ("number = 2", "number = 1", "a bay number stands twice"),
        ('modes = ["wait", "drop_off"]', 'modes = ["teleport"]', "'modes' of oil_change"),
        ("[texts.fillers_of]", "[sayings]", "a table [fillers_of] is needed"),
        ("[facts]", "[trivia]", "a table [facts] is needed"),
        ("[retention]", "[keeping]", "a table [retention] is needed"),
        ("transcript_days = 30", "transcript_days = -1", "'transcript_days' must be a whole number from 0"),
        ("transcript_days = 30", "transcript_days = true", "'transcript_days' must be a whole number from 0"),
        ("bay_minutes = 30", "bay_minutes = 0", "'bay_minutes' must be a whole number from 5 to 600, not 0"),
        ("bay_minutes = 30", "bay_minutes = 100000", "'bay_minutes' must be a whole number from 5 to 600"),
        ("promised_minutes = 60", 'promised_minutes = "an hour"', "'promised_minutes' must be a whole number"),
        ("promised_minutes = 60", "promised_minutes = 700", "oil_change takes longer than the workshop is open"),
        ('name = "oil and filter change"', 'name = ["oil"]', "'services.name' must be a text"),
        ('synonyms = ["oil change", ', 'synonyms = "oil change" # ', "'services.synonyms' must be a list of texts"),
        ('skills = ["lube", "tire", "general"]', 'skills = "lube"', "'technicians.skills' must be a list of"),
        ('equipment = ["alignment_rack"]', 'equipment = "alignment_rack"', "'bays.equipment' must be a list of texts"),
        ('equipment = ["alignment_rack"]', "equipment = []", "no bay has the equipment 'alignment_rack'"),
        ('equipment = "alignment_rack"', "equipment = 4", "'services.equipment' must be a text"),
        ('payment = "', 'payment = [] # "', "'facts.payment' must be a text"),
        ('2026-12-25 = "Christmas Day"', "2026-12-25 = []", "'holidays.2026-12-25' must be a text"),
        ("2026-12-25 =", "2027-02-29 =", "'2027-02-29' in [holidays] is not a date"),
        ('monday = ["07:30", "18:00"]', 'monday = ["07:30", "25:00"]', "hours of monday must look like"),
        ('shuttle_from = "07:30"', 'shuttle_from = "25:00"', "'shuttle_from' must be a time such as"),
        ('shuttle_from = "07:30"', "shuttle_from = 7", "'shuttle_from' must be a time such as"),
        ('shuttle_from = "07:30"', "", "give both 'shuttle_from' and 'shuttle_until'"),
        ('shuttle_from = "07:30"', 'shuttle_from = "11:00"', "'shuttle_until' must be later"),
        ("shuttle_seats_per_day = 6", "shuttle_seats_per_day = 0", "offers the shuttle, but"),
        ("loaners = 2", "loaners = 0", "offers a loaner, but"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path: Path, line: str, instead: str, sentence: str) -> None:
    good = STANDARD_FILE.read_text(encoding="utf-8")
    assert line in good
    wrong = tmp_path / "shop.toml"
    wrong.write_text(good.replace(line, instead, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError) as complaint:
        load_shop(wrong)
    assert sentence in str(complaint.value)


def test_a_file_that_is_not_there_or_no_toml_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SHOP_CONFIG"):
        load_shop(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        load_shop(broken)
