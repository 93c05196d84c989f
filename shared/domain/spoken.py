"""How dates, times, durations, prices, numbers and cars are said to a caller, in words that a voice reads well.

It formats local wall times and values; it knows neither the shop nor any appointment.
"""

from datetime import date, datetime, time
from decimal import Decimal

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def weekday_words(day: date) -> str:
    return _DAYS[day.weekday()]


def date_words(day: date) -> str:
    """Thursday, November 26"""
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}"


def short_date_words(day: date) -> str:
    """November 26"""
    return f"{_MONTHS[day.month - 1]} {day.day}"


def time_words(at: time) -> str:
    """2 PM, 2:30 PM, noon"""
    if (at.hour, at.minute) == (12, 0):
        return "noon"
    half = "AM" if at.hour < 12 else "PM"
    hour = at.hour % 12 or 12
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"


def moment_words(local: datetime) -> str:
    """Thursday, November 26 at 2 PM, of an instant already in the shop's zone."""
    return f"{date_words(local.date())} at {time_words(local.time())}"


def duration_words(minutes: int) -> str:
    """45 minutes, an hour, an hour and a half, 2 hours and 15 minutes"""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return "half an hour" if rest == 30 else f"{rest} minutes"
    whole = "an hour" if hours == 1 else f"{hours} hours"
    if rest == 30:
        return "an hour and a half" if hours == 1 else f"{hours} and a half hours"
    return f"{whole} and {rest} minutes" if rest else whole


def price_words(lowest: Decimal, highest: Decimal) -> str:
    """$59 to $89, or $59 when there is one price; cents only where there are any"""
    least, most = (f"${price:.2f}".removesuffix(".00") for price in (lowest, highest))
    return least if least == most else f"{least} to {most}"


def digits_words(number: str) -> str:
    """A telephone number in groups a voice reads digit by digit: 2 1 7, 5 5 5, 0 1 4 2."""
    digits = [c for c in number if c.isdigit()]
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    groups = (digits[:3], digits[3:6], digits[6:]) if len(digits) == 10 else (digits,)
    return ", ".join(" ".join(group) for group in groups if group)


def car_words(year: int | None, make: str, model: str | None) -> str:
    """2019 Honda Civic"""
    return " ".join(str(part) for part in (year, make, model) if part)


def with_article(noun: str) -> str:
    """an oil and filter change"""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def offer_words(local: datetime) -> str:
    """Thursday, November 26 at 2:00 PM: how an offer stands in a tool's answer."""
    half = "AM" if local.hour < 12 else "PM"
    return f"{date_words(local.date())} at {local.hour % 12 or 12}:{local.minute:02d} {half}"
