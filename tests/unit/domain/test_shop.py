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
        ("[texts]", "[sayings]", "a table [texts] is needed"),
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
