"""What a VIN says: offline by its own characters, with the model from the registry when that answers in time."""

from sqlalchemy import Connection

from shared.domain import vin
from shared.storage import vins
from shared.tools.call import Request, ToolResult, told


def decode_vin(ask: Request) -> ToolResult:
    """Offline first; the registry adds the model when it answers in time, and is asked once per VIN."""
    services = ask.services
    number = vin.heard(ask.arguments["vin"])
    fault = vin.fault_of(number)
    if fault is not None:
        return told("invalid", reason=fault, ask="Could you read me the VIN again, slowly, in groups of three or four?")
    with services.database.transaction() as connection:
        known = vins.decoded(connection, number)
    if known is not None:
        return told("ok", **known)
    offline = vin.decode(number)
    registered = services.vpic.decode(number, offline.year)
    if registered is None:
        return told("partial", make=offline.make, year=offline.year)
    answer = {"year": registered.year, "make": registered.make, "model": registered.model}

    def keep(connection: Connection) -> None:
        vins.keep(connection, number, answer, services.clock.now())

    services.database.run(keep)
    return told("ok", **answer)
