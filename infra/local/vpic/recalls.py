"""A few recall campaigns of our own making, in the fields of NHTSA's recallsByVehicle."""

from __future__ import annotations

from typing import Any

# Campaign, make, first and last model year, model, component, whether the car is to be left standing, what is wrong.
_CAMPAIGNS = (
    ("23V900001", "HONDA", 2018, 2020, "CIVIC", "FUEL SYSTEM, GASOLINE:DELIVERY:FUEL PUMP", False,
     "The fuel pump may fail while driving."),
    ("24V900002", "HONDA", 2016, 2021, "CIVIC", "STEERING:RACK AND PINION", False,
     "The steering gearbox may make the wheel hard to turn."),
    ("24V900003", "FORD", 2015, 2020, "FUSION", "SEAT BELTS:FRONT:ANCHORAGE", False,
     "The front seat belt may come loose from its anchor."),
    ("25V900004", "MAZDA", 2016, 2019, "CX-5", "AIR BAGS:FRONTAL:DRIVER SIDE", True,
     "The driver's air bag may break apart when it opens. Owners should not drive until it is replaced."),
)  # fmt: skip


def recalls_of(make: str, model: str, year: str) -> list[dict[str, Any]]:
    """The campaigns for a model and year, however the names are written."""
    return [
        {
            "Manufacturer": f"{maker.title()} Motor Company",
            "NHTSACampaignNumber": campaign,
            "parkIt": parked,
            "parkOutSide": False,
            "overTheAirUpdate": False,
            "ReportReceivedDate": "05/03/2024",
            "Component": component,
            "Summary": f"{summary} This campaign is made up for the lab.",
            "Consequence": "This increases the risk of a crash or injury.",
            "Remedy": "Dealers will replace the part, free of charge.",
            "Notes": "",
            "ModelYear": year,
            "Make": maker,
            "Model": called,
        }
        for campaign, maker, first, last, called, component, parked, summary in _CAMPAIGNS
        if (maker, called) == (make.upper(), model.upper()) and year.isdigit() and first <= int(year) <= last
    ]
