"""Campaigns by catalogue name or path, checked in full before anything is flown."""

from pathlib import Path

import msgspec

from perilune_host.errors import InputError
from perilune_rig.campaign.plan import spec, values
from perilune_rig.campaign.plan.plan import Plan
from perilune_rig.campaign.plan.strata import unfold
from perilune_rig.scenario import requirements, toml_file, typed_toml
from perilune_rig.scenario.catalogue import names
from perilune_rig.scenario.model import World

CAMPAIGNS = Path(__file__).resolve().parents[2] / "data" / "campaigns"


def find(name: str) -> Path:
    """The file that `name`, a catalogue name or a path, stands for."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        return Path(name)
    path = CAMPAIGNS / f"{name}.toml"
    if path.is_file():
        return path
    raise InputError(f"no campaign '{name}' in the catalogue{typed_toml.nearest(name, names(CAMPAIGNS))}")


def read(name: str) -> spec.Campaign:
    """A campaign file; scenarios' paths in it become absolute. InputError names file, key and offence."""
    path = find(name)
    try:
        campaign = typed_toml.check(spec.Campaign, toml_file.read(path))
    except typed_toml.TableError as error:
        raise InputError(f"{path}: {error}") from None
    strata = [_placed(entry, path.resolve().parent) for entry in campaign.strata]
    return msgspec.structs.replace(campaign, strata=strata)


def in_world(campaign: spec.Campaign, world: World | None) -> spec.Campaign:
    """The campaign flown in another world than its file says; None: as it says."""
    return campaign if world is None else msgspec.structs.replace(campaign, world=world)


def _placed(entry: spec.Stratum, folder: Path) -> spec.Stratum:
    if not (entry.scenario.endswith(".toml") or "/" in entry.scenario):
        return entry
    return msgspec.structs.replace(entry, scenario=str((folder / entry.scenario).resolve()))


def plan(campaign: spec.Campaign, root: int, runs: int | None = None) -> Plan:
    """The campaign unfolded and checked; runs: N in place of what the file says.

    InputError for anything in it that cannot be flown.
    """
    try:
        strata = tuple(unfold(campaign))
        _check_requirements(campaign)
        values.check(strata)
    except InputError as error:
        raise InputError(f"campaign {campaign.name}: {error}") from None
    if campaign.subset is None:
        return Plan(campaign, strata, root, runs or sum(stratum.runs for stratum in strata))
    return Plan(campaign, strata, root, _at_most(campaign.subset, len(strata), runs))


def _at_most(subset: spec.Subset, strata: int, runs: int | None) -> int:
    """The runs of all levels; the seeds of a level are runs of the one before."""
    if strata != 1:
        raise InputError('sampling = "subset" takes one stratum')
    anew = round(subset.level_runs * (1.0 - subset.level_probability))
    most = subset.level_runs + (subset.levels - 1) * anew
    if runs not in (None, most):
        raise InputError(f"--runs {runs}: this campaign's own levels say how many are flown, {most} at most")
    return most


def _check_requirements(campaign: spec.Campaign) -> None:
    known = {need.id: need for need in requirements.load()}
    named = [*campaign.requirements, *(name for entry in campaign.strata for name in entry.excused)]
    named += [campaign.subset.requirement] if campaign.subset else []
    for wrong in [name for name in named if name not in known]:
        raise InputError(f"no requirement {wrong}{typed_toml.nearest(wrong, known)}")
    if campaign.subset and known[campaign.subset.requirement].limit is None:
        raise InputError(f"subset: {campaign.subset.requirement} has no limit to come near to")
