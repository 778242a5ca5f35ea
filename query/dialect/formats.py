"""Postgres's `to_char` and `to_timestamp`: times and numbers by pattern (PostgreSQL documentation, 9.8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _sunday_first(moment: datetime) -> int:
    return moment.isoweekday() % 7 + 1


def _day_of_iso_year(moment: datetime) -> int:
    return (moment.isocalendar().week - 1) * 7 + moment.isoweekday()


def _day_of_year(moment: datetime) -> int:
    return moment.timetuple().tm_yday


_NUMBERS: dict[str, tuple[int, Callable[[datetime], int]]] = {
    "YYYY": (4, lambda m: m.year), "YYY": (3, lambda m: m.year % 1000), "YY": (2, lambda m: m.year % 100),
    "Y": (1, lambda m: m.year % 10), "IYYY": (4, lambda m: m.isocalendar().year),
    "IY": (2, lambda m: m.isocalendar().year % 100), "IDDD": (3, _day_of_iso_year),
    "ID": (1, datetime.isoweekday), "IW": (2, lambda m: m.isocalendar().week), "MM": (2, lambda m: m.month),
    "DDD": (3, _day_of_year), "DD": (2, lambda m: m.day), "D": (1, _sunday_first),
    "WW": (2, lambda m: (_day_of_year(m) - 1) // 7 + 1), "W": (1, lambda m: (m.day - 1) // 7 + 1),
    "Q": (1, lambda m: (m.month + 2) // 3), "CC": (2, lambda m: (m.year + 99) // 100),
    "J": (7, lambda m: m.toordinal() + 1_721_425), "HH24": (2, lambda m: m.hour), "HH12": (2, _hour12),
    "HH": (2, _hour12), "MI": (2, lambda m: m.minute), "SSSSS": (1, lambda m: m.hour * 3600 + m.minute * 60 + m.second),
    "SSSS": (1, lambda m: m.hour * 3600 + m.minute * 60 + m.second), "SS": (2, lambda m: m.second),
    "MS": (3, lambda m: m.microsecond // 1000), "US": (6, lambda m: m.microsecond),
}  # fmt: skip
_NAMES: dict[str, tuple[int, Callable[[datetime], str]]] = {
    "MONTH": (9, lambda m: _MONTHS[m.month - 1]), "MON": (0, lambda m: _MONTHS[m.month - 1][:3]),
    "DAY": (9, lambda m: _DAYS[m.weekday()]), "DY": (0, lambda m: _DAYS[m.weekday()][:3]),
}  # fmt: skip
_PATTERN = re.compile(
    r'(?P<quoted>"[^"]*")|(?P<fill>FM|TM)|(?P<half>[AaPp]\.?[Mm]\.?)|(?P<zone>TZ|tz|OF)'
    r"|(?P<name>MONTH|Month|month|MON|Mon|mon|DAY|Day|day|DY|Dy|dy)"
    rf"|(?P<number>(?i:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}))(?P<th>TH|th)?|(?P<text>.)",
    re.DOTALL,
)


NUMBER_SIGNS = "there are 9 0 . , D G S MI FM and text in quotes"


def _ordinal(number: int, mark: str) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return ending.upper() if mark == "TH" else ending


def write_time(moment: datetime, pattern: str, zone: str = "UTC") -> str:
    """Return a moment in Postgres's pattern, such as `YYYY-MM-DD HH24:MI` or `FMDay, DDth FMMonth`."""
    out: list[str] = []
    fill = True
    for part in _PATTERN.finditer(pattern):
        kind, text = part.lastgroup, part[0]
        if kind == "quoted":
            out.append(text[1:-1])
        elif kind == "fill":
            fill = False if text == "FM" else fill
            continue
        elif kind == "half":
            half = ("am", "pm")[moment.hour >= 12]
            half = f"{half[0]}.{half[1]}." if "." in text else half
            out.append(half.upper() if text[0].isupper() else half)
        elif kind == "zone":
            offset = moment.strftime("%z") or "+0000"
            written = f"{offset[:3]}:{offset[3:]}" if offset[3:] != "00" else offset[:3]
            out.append(written if text == "OF" else zone if text == "TZ" else zone.lower())
        elif kind == "name":
            width, name_of = _NAMES[text.upper()]
            name = name_of(moment)
            name = name.upper() if text.isupper() else name.lower() if text.islower() else name
            out.append(name.ljust(width) if fill else name)
        elif part["number"]:
            width, number_of = _NUMBERS[part["number"].upper()]
            number = number_of(moment)
            out.append(
                (f"{number:0{width}d}" if fill else str(number)) + (_ordinal(number, part["th"]) if part["th"] else "")
            )
        else:
            out.append(text)
        fill = True
    return "".join(out)


def is_number_pattern(pattern: str) -> bool:
    """Whether `write_number` knows a pattern."""
    return _number_form(pattern) is not None


def is_clock_pattern(pattern: str) -> bool:
    """Whether a pattern has only hours, minutes, seconds and their parts, and text that is no letter."""
    return all(
        part["quoted"] or (part["text"] or "").isspace() or not (part["text"] or "x").isalpha()
        if not part["number"]
        else part["number"].upper() in ("HH24", "HH12", "HH", "MI", "SS", "MS", "US")
        for part in _PATTERN.finditer(pattern)
    )


def write_number(value: float, pattern: str) -> str:
    """Return a number in Postgres's pattern of 9, 0, `.`, `,`, D, G, S, MI, PR, L, %, FM and quoted text."""
    form = _number_form(pattern)
    if form is None:
        raise ValueError(f"{pattern!r} is no pattern for numbers; {NUMBER_SIGNS}")
    fill, before, digits, fraction, after, signed = form
    try:
        number = Decimal(repr(value)).quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    except InvalidOperation:
        return "#" * len(digits)
    whole, _, decimals = f"{abs(number):f}".partition(".")
    places = [place for place in digits if place in "90"]
    whole = "" if whole == "0" and fraction and "0" not in places else whole
    if len(whole) > len(places):
        whole, decimals = "#" * len(places), "#" * len(decimals)
    wanted = max(len(whole), len(places) - places.index("0") if "0" in places else 0)
    rest = list(whole.rjust(wanted, "0"))
    left = len(places)
    written = ""
    for place in digits:
        if place in "90":
            written += rest.pop(0) if left <= len(rest) else " "
            left -= 1
        else:
            written += "," if written.strip() else " "
    blanks = len(written) - len(written.lstrip())
    sign = "-" if value < 0 else "+" if signed else " "
    written = " " * blanks + sign + written[blanks:]
    if fraction:
        if not fill:
            kept = fraction.rfind("0") + 1
            decimals = decimals[:kept] + decimals[kept:].rstrip("0")
        written += "." + decimals
    return before + (written if fill else written.strip()) + after


@lru_cache(maxsize=64)
def _number_form(pattern: str) -> tuple[bool, str, str, str, str, bool] | None:
    """Split a pattern: whether it is filled, text before, digits, fraction, text after, whether "+" is written."""
    rest = pattern.replace("FM", "").replace("fm", "")
    shape = re.fullmatch(
        r"(?P<before>(?:\"[^\"]*\"|[^90.,DGSMP#\"])*)(?P<sign>S|MI)?(?P<digits>[90,G]*)(?:[.D](?P<fraction>[90]*))?"
        r"(?P<after>(?:\"[^\"]*\"|[^90.,DGSMP#\"])*)",
        rest,
    )
    if shape is None or not (shape["digits"] or shape["fraction"]):
        return None
    before, after = (shape[side].replace('"', "").replace("L", "$") for side in ("before", "after"))
    return rest == pattern, before, shape["digits"], shape["fraction"] or "", after, shape["sign"] == "S"


_READ = {
    "YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})", "HH24": r"(?P<hour>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})", "SS": r"(?P<second>\d{1,2})", "MS": r"(?P<ms>\d{1,3})", "US": r"(?P<us>\d{1,6})",
    "MON": r"(?P<name>[A-Za-z]{3})",
}  # fmt: skip


def read_time(text: str, pattern: str) -> datetime | None:
    """Return the time that a text says in a pattern of YYYY MM Mon DD HH24 MI SS MS US; None when it does not."""
    expression = re.sub(
        "|".join(_READ) + r"|[^A-Za-z]|[A-Za-z]",
        lambda part: _READ.get(part[0].upper(), re.escape(part[0])),
        pattern,
        flags=re.IGNORECASE,
    )
    try:
        found = re.match(expression, text)
    except re.error:  # one part named twice
        return None
    if not found:
        return None
    said = {"month": "1", "day": "1", "hour": "0", "minute": "0", "second": "0", "year": "1"} | found.groupdict()
    if name := said.get("name"):
        months = [month[:3].lower() for month in _MONTHS]
        said["month"] = str(months.index(name.lower()) + 1) if name.lower() in months else "0"
    micros = int((said.get("ms") or "0").ljust(3, "0")) * 1000 + int((said.get("us") or "0").ljust(6, "0"))
    year, month, day, hour, minute, second = (
        int(said[part] or "0") for part in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        return datetime(year, month, day, hour, minute, second, micros)
    except ValueError:
        return None
