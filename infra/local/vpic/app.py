"""A stand-in for NHTSA's vPIC (``python -m infra.local.vpic``): VINs in its flat shape, from a small table of our own.

Source of shapes and codes: https://vpic.nhtsa.dot.gov/api/ (DecodeVinValues) and recorded answers; every field is a
string, and a vehicle type can end in a blank. Recalls by make, model and year, which NHTSA serves from another host
(https://api.nhtsa.gov/recalls/), are answered here too. Beside them

    POST /_lab/records   {"vin", "fields": {name: text}}: what is said of that VIN, over what the table would say
    GET  /_lab/log       what was asked, oldest first
         /_lab/faults    see `infra.local.faults`; operations decode, decode.batch, recalls
"""

from __future__ import annotations

import argparse
import asyncio
import re
from typing import Any

from aiohttp import web

from infra.local.faults import Fault, add_faults
from infra.local.serving import serve
from infra.local.vpic.recalls import recalls_of
from infra.local.vpic.table import FIELDS, MAKES, MODELS, NOT_APPLICABLE, NOT_OF_A_PASSENGER_CAR

_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_TEXTS = {
    "0": "0 - VIN decoded clean. Check Digit (9th position) is correct",
    "1": "1 - Check Digit (9th position) does not calculate properly",
    "4": "4 - VIN corrected, error in one position only (indicated by ! in Suggested VIN), multiple matches found",
    "6": "6 - Incomplete VIN",
    "7": "7 - Manufacturer is not registered with NHTSA for sale or importation in the U.S. for use on U.S roads; "
    "Please contact the manufacturer directly for more information",
    "8": "8 - No detailed data available currently",
    "14": "14 - Unable to provide information for some of the characters in the VIN, based on the manufacturer "
    "submission",
    "400": "400 - Invalid Characters Present",
}
OPERATIONS = {
    "GET /api/vehicles/DecodeVinValues/{vin}": "decode",
    "POST /api/vehicles/DecodeVINValuesBatch/": "decode.batch",
    "GET /recalls/recallsByVehicle": "recalls",
}
_LOG: web.AppKey[list[dict[str, Any]]] = web.AppKey("log", list)
_TOLD: web.AppKey[dict[str, dict[str, str]]] = web.AppKey("told", dict)


def check_digit(vin: str) -> str:
    """The ninth character that the other sixteen call for (49 CFR 565.15)."""
    total = sum(
        weight * (int(one) if one.isdigit() else _VALUES[one]) for one, weight in zip(vin, _WEIGHTS, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def decode(vin: str, year_given: str = "") -> dict[str, str]:
    """One VIN, or part of one with ``*`` for what is not known, as the flat record."""
    vin = vin.upper()
    record = dict.fromkeys(FIELDS, "") | dict.fromkeys(NOT_APPLICABLE, "Not Applicable") | {"VIN": vin}
    codes = _codes(vin)
    make = MAKES.get(vin[:3])
    if make is None:
        codes.append("7")
    else:
        record |= {
            "Make": make[0],
            "Manufacturer": make[1],
            "PlantCountry": make[2],
            "MakeID": str(400 + sorted(MAKES).index(vin[:3])),
            "ManufacturerId": str(900 + sorted(MAKES).index(vin[:3])),
        }
        record |= _model(make[0], vin)
        if record["VehicleType"] == "PASSENGER CAR":
            record |= dict.fromkeys(NOT_OF_A_PASSENGER_CAR, "Not Applicable")
        if not record["Model"]:
            codes.append("14")
    record["ModelYear"] = _year(vin) or year_given
    record["VehicleDescriptor"] = vin[:8].ljust(8, "*") + "*" + vin[9:11]
    codes = sorted(set(codes) or {"0"}, key=int)
    record["ErrorCode"] = ",".join(codes)
    record["ErrorText"] = "; ".join(_TEXTS[code] for code in codes)
    if "1" in codes:
        record["AdditionalErrorText"] = "The Check Digit does not match: please check that the VIN was read correctly."
    return record


def _codes(vin: str) -> list[str]:
    codes = []
    if len(vin) > 17:
        return ["1", "400"]
    if re.search(r"[^A-HJ-NPR-Z0-9*]", vin):
        codes.append("400")
    if len(vin) < 17 or "*" in vin:
        codes.append("6")
    elif not codes and vin[8] != check_digit(vin):
        codes.append("1")
    return codes


def _model(make: str, vin: str) -> dict[str, str]:
    known = MODELS.get(make, {}).get(vin[3:5])
    if known is None:
        return {}
    return {
        "Model": known[0],
        "VehicleType": known[1],
        "BodyClass": known[2],
        "ModelID": str(1800 + sorted(MODELS[make]).index(vin[3:5])),
    }


def _year(vin: str) -> str:
    """Position 10; a letter in position 7 means 2010 or later."""
    if len(vin) < 10 or vin[9] not in _YEARS:
        return ""
    place = _YEARS.index(vin[9])
    return str((2010 if vin[6].isalpha() else 1980) + place)


def make_app() -> web.Application:
    """The stand-in as an application."""
    app = web.Application()
    app[_LOG] = []
    app[_TOLD] = {}
    app.router.add_get("/api/vehicles/DecodeVinValues/{vin}", _decode_one)
    app.router.add_post("/api/vehicles/DecodeVINValuesBatch/", _decode_batch)
    app.router.add_get("/recalls/recallsByVehicle", _recalls)
    app.router.add_get("/_lab/log", _read_log)
    app.router.add_post("/_lab/records", _tell)
    add_faults(app, OPERATIONS, _outage)
    return app


def _answer(results: list[dict[str, str]], criteria: str) -> dict[str, Any]:
    message = (
        "Results returned successfully. NOTE: Any missing decoded values should be interpreted as NHTSA does not have "
        "data on the specific variable. Missing value should NOT be interpreted as an indication that a feature or "
        "technology is unavailable for a vehicle."
    )
    return {"Count": len(results), "Message": message, "SearchCriteria": criteria, "Results": results}


async def _decode_one(request: web.Request) -> web.Response:
    vin, year = request.match_info["vin"].strip(), request.query.get("modelyear", "")
    request.app[_LOG].append({"vin": vin, "modelyear": year})
    if request.query.get("format") != "json":
        return web.Response(
            text="<Response><Message>This stand-in speaks JSON: add format=json.</Message></Response>",
            content_type="application/xml",
        )
    return web.json_response(_answer([_record(request, vin, year)], f"VIN(s): {vin}"))


async def _decode_batch(request: web.Request) -> web.Response:
    form = await request.post()
    rows = [row.split(",") for row in str(form.get("DATA", "")).split(";") if row.strip()]
    request.app[_LOG].append({"batch": [row[0].strip() for row in rows]})
    results = [_record(request, row[0].strip(), row[1].strip() if len(row) > 1 else "") for row in rows[:50]]
    return web.json_response(_answer(results, ""))


def _record(request: web.Request, vin: str, year: str) -> dict[str, str]:
    return decode(vin, year) | request.app[_TOLD].get(vin.upper(), {})


async def _tell(request: web.Request) -> web.Response:
    given = await request.json()
    fields = given.get("fields", {})
    if unknown := fields.keys() - set(FIELDS):
        return web.json_response({"error": f"A record has no {', '.join(sorted(unknown))}."}, status=400)
    request.app[_TOLD][str(given["vin"]).upper()] = fields
    return web.json_response(given, status=201)


async def _recalls(request: web.Request) -> web.Response:
    asked = {name: request.query.get(name, "") for name in ("make", "model", "modelYear")}
    request.app[_LOG].append({"recalls": asked})
    if not all(asked.values()):
        return web.json_response({"message": "Missing required request parameters"}, status=400)
    found = recalls_of(asked["make"], asked["model"], asked["modelYear"])
    return web.json_response({"Count": len(found), "Message": "Results returned successfully", "results": found})


def _outage(fault: Fault) -> web.Response:
    """vPIC's own errors are pages."""
    text = f"<html><body>{fault.reason or 'Service Unavailable'}</body></html>"
    return web.Response(status=fault.code, text=text, content_type="text/html")


async def _read_log(request: web.Request) -> web.Response:
    return web.json_response(request.app[_LOG])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.vpic", description="A stand-in for NHTSA's vPIC.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    asyncio.run(serve(make_app(), parser.parse_args().port, {}))
