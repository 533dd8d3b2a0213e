"""Records that stations exchange, made in one line: `estimate(agl=80.0, v_up=-3.0)`."""

from typing import Any

from perilune.flight.signals import Command, Estimate, Limits


def estimate(**values: Any) -> Estimate:
    """At rest on the site's level, attitude known and upright, nothing in doubt; with these values instead."""
    usual = {"attitude_known": True, "q": (1.0, 0.0, 0.0, 0.0), "imu_good": True, "g_eff": -1.62}
    return filled(Estimate(), usual | values)


def limits(**values: Any) -> Limits:
    """With these values; all others at zero."""
    return filled(Limits(), values)


def command(**values: Any) -> Command:
    """With these values; all others as before the first guidance cycle."""
    return filled(Command(), values)


def filled(record: Any, values: dict[str, Any]) -> Any:
    """A record with these values; a name that it does not declare is an error."""
    for name, value in values.items():
        if not hasattr(record, name):
            raise AttributeError(f"{type(record).__name__} declares no {name!r}")
        setattr(record, name, value)
    return record
