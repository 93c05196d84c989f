import json
import logging

from shared import log as structured


def line(capsys: object) -> dict[str, object]:
    out = capsys.readouterr().out  # type: ignore[attr-defined]
    return dict(json.loads(out.splitlines()[-1]))


def test_a_record_is_one_line_of_json_with_its_fields_and_the_call(capsys: object) -> None:
    kept = logging.getLogger().handlers[:]
    structured.configure("test")
    try:
        told = structured.call_sid.set("CA1")
        logging.getLogger("room").warning("slow", extra=structured.fields(ms=12))
        structured.call_sid.reset(told)
        said = line(capsys)
        assert said["message"] == "slow" and said["ms"] == 12 and said["call_sid"] == "CA1"
        assert said["severity"] == "WARNING"
    finally:
        logging.getLogger().handlers[:] = kept


def test_the_text_of_an_exception_is_not_logged(capsys: object) -> None:
    kept = logging.getLogger().handlers[:]
    structured.configure("test")
    try:
        try:
            raise ValueError("Ann Wexler, +13125550142")
        except ValueError:
            logging.getLogger("room").exception("failed")
        said = line(capsys)
        assert "Wexler" not in json.dumps(said)
        assert str(said["exception"]).startswith("ValueError at test_log.py:")
    finally:
        logging.getLogger().handlers[:] = kept


def test_causes_and_the_parts_of_a_group_are_told_by_their_classes(capsys: object) -> None:
    kept = logging.getLogger().handlers[:]
    structured.configure("test")
    try:
        try:
            try:
                raise KeyError("+13125550142")
            except KeyError as why:
                raise ExceptionGroup("two", [ValueError("Ann")]) from why
        except ExceptionGroup:
            logging.getLogger("room").exception("failed")
        told = str(line(capsys)["exception"])
        assert "ValueError" in told and "caused by KeyError" in told
        assert "Ann" not in told and "0142" not in told
    finally:
        logging.getLogger().handlers[:] = kept
