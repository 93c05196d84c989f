"""What the registry said about a VIN, kept for ever: it does not change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from shared.storage.texts import as_json


def decoded(connection: Connection, vin: str) -> dict[str, Any] | None:
    found = connection.execute(text("SELECT answer FROM vin_decodes WHERE vin = :vin"), {"vin": vin}).scalar()
    return dict(found) if found is not None else None


def keep(connection: Connection, vin: str, answer: Mapping[str, Any], now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO vin_decodes (vin, answer, decoded_at) VALUES (:vin, CAST(:answer AS jsonb), :now) "
            "ON CONFLICT (vin) DO NOTHING"
        ),
        {"vin": vin, "answer": as_json(answer), "now": now},
    )
