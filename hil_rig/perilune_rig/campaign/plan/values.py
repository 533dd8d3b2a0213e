"""Values of dispersed parameters: sampled, written as `--set` takes them, and checked before anything is flown."""

from collections.abc import Iterable, Mapping

import msgspec

from perilune_host.errors import InputError
from perilune_rig.campaign.plan.distributions import SMALLEST, Dispersion
from perilune_rig.campaign.plan.strata import Stratum
from perilune_rig.scenario import catalogue, typed_toml
from perilune_rig.scenario.model import Scenario
from perilune_rig.scenario.overrides import inline

Values = dict[str, float | str | bool]


def sample(scenario: Scenario, dispersion: Dispersion, p: float) -> float | str | bool:
    """The value at probability `p`, in the unit of the key; InputError if there is no number to relate it to."""
    drawn = dispersion.quantile(p)
    if dispersion.relation == "absolute" or isinstance(drawn, str):
        return drawn
    own = _own(scenario, dispersion.key)
    return own * drawn if dispersion.relation == "factor" else own + drawn


def sets(values: Values) -> list[str]:
    """The values as KEY=VALUE, exactly."""
    return [f"{key}={inline(value)}" for key, value in values.items()]


def _own(scenario: Scenario, key: str) -> float:
    """The scenario's own number under a dotted key."""
    try:
        typed_toml.kind_at(Scenario, tuple(int(part) if part.isdigit() else part for part in key.split(".")))
    except typed_toml.TableError as error:
        raise InputError(str(error)) from None
    value = msgspec.to_builtins(scenario)
    for part in key.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = None
    if not isinstance(value, float | int) or isinstance(value, bool):
        raise InputError(f"{key}: the scenario {scenario.name} has no number there")
    return float(value)


def check(strata: Iterable[Stratum]) -> None:
    """InputError if the most extreme sample of any parameter is not a value that its key may have."""
    seen = set()
    for stratum in strata:
        kind = (stratum.source, stratum.sets, repr(stratum.dispersions))
        if kind not in seen:
            seen.add(kind)
            for dispersion in stratum.dispersions:
                _check(stratum, dispersion)


def _check(stratum: Stratum, dispersion: Dispersion) -> None:
    if stratum.fault is not None and dispersion.key.partition(".")[0] == "faults":
        raise InputError(f"dispersion of {dispersion.key}: the stratum {stratum.name} sets the faults itself")
    count = len(dispersion.values)
    inside = [(n + 0.5) / count for n in range(count)] if count and not dispersion.weights else []
    for p in (SMALLEST, *inside, 1.0 - 2 * SMALLEST):
        value = sample(stratum.scenario, dispersion, p)
        try:
            catalogue.load_scenario(stratum.source, [*stratum.sets, *sets({dispersion.key: value})])
        except InputError as error:
            mend = "; bound it with low and high" if dispersion.distribution == "normal" else ""
            raise InputError(
                f"dispersion of {dispersion.key}: a sample does not fit: {error}{mend}"
            ) from None
