"""Run k of root S is one run; distributions give what they promise; what does not fit is refused before it flies."""

import statistics

import pytest

from perilune_host.errors import InputError
from perilune_rig.campaign.evidence import evidence
from perilune_rig.campaign.plan import load, sampling
from perilune_rig.campaign.plan.distributions import SMALLEST, Dispersion
from perilune_rig.scenario import requirements
from perilune_rig.scenario.catalogue import load_scenario
from tests.hil_rig.campaign import kit


def plan(tmp_path, text=kit.CAMPAIGN, root=7, runs=None):
    return load.plan(load.read(kit.write(tmp_path, text)), root, runs)


def identity(run):
    return run.k, run.seed, run.sets


def test_a_run_does_not_depend_on_how_many_there_are_or_in_which_order(tmp_path):
    few, many = plan(tmp_path, runs=5), plan(tmp_path, runs=100)
    assert [identity(few.run(k)) for k in (4, 0, 2)] == [identity(many.run(k)) for k in (4, 0, 2)]
    assert identity(plan(tmp_path, root=8).run(0)) != identity(few.run(0))


def test_the_printed_changes_make_the_very_scenario_that_flew(tmp_path):
    run = plan(tmp_path).run(3)
    assert load_scenario(run.stratum.source, run.sets) == run.scenario
    assert run.scenario.vehicle.mass.dry_kg == run.values["vehicle.mass.dry_kg"] != 430.0


@pytest.mark.requirement("MISS-1")
def test_a_campaign_has_its_own_world_and_limits_and_shows_ours_beside_them(tmp_path):
    text = 'world = "mismatched"\nlimits = { MISS-1 = 2000.0 }\n' + kit.CAMPAIGN
    own = plan(tmp_path, text)
    run = own.run(0)
    assert run.scenario.world == "mismatched" and run.scenario.limits == {"MISS-1": 2000.0}
    assert {"world=mismatched", "limits.MISS-1=2000.0"} <= set(run.sets)  # so that its command flies it again
    miss = next(need for need in requirements.load() if need.id == "MISS-1")
    assert evidence.limit_text(own, miss) == "≤ 2000 m (ours ≤ 300)"
    assert evidence.limit_text(plan(tmp_path), miss) == "≤ 300 m"
    with pytest.raises(InputError, match="no requirement MISS-9"):
        plan(tmp_path, "limits = { MISS-9 = 1.0 }\n" + kit.CAMPAIGN)


def test_adding_a_dispersion_leaves_the_others_as_they_were(tmp_path):
    one = plan(tmp_path).run(2)
    more = (
        kit.CAMPAIGN
        + '[[dispersions]]\nkey = "vehicle.legs.friction"\ndistribution = "uniform"\nlow = 0.3\nhigh = 0.7\n'
    )
    two = plan(tmp_path, more).run(2)
    assert two.seed == one.seed and one.values.items() < two.values.items()


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol"])
def test_point_sets_fill_every_stripe(method):
    values = sorted(sampling.point(method, 7, "s", 64, n, 3)[1] for n in range(64))
    assert [int(64 * value) for value in values] == list(range(64))


def test_a_point_set_is_the_same_after_a_restart():
    before = sampling.point("sobol", 7, "s", 32, 9, 2)
    sampling._points.cache_clear()
    assert sampling.point("sobol", 7, "s", 32, 9, 2) == before


@pytest.mark.parametrize(
    ("words", "mean", "sigma"),
    [
        ({"distribution": "normal", "mean": 5.0, "sigma": 2.0}, 5.0, 2.0),
        ({"distribution": "uniform", "low": -1.0, "high": 3.0}, 1.0, 4.0 / 12**0.5),
        (
            {"distribution": "triangular", "low": 0.0, "mode": 1.0, "high": 4.0},
            5.0 / 3.0,
            (13.0 / 18.0) ** 0.5,
        ),
        ({"distribution": "choice", "values": [1.0, 2.0], "weights": [3.0, 1.0]}, 1.25, 0.1875**0.5),
    ],
)
def test_distributions_have_their_mean_and_spread(words, mean, sigma):
    made = Dispersion(key="x", **words)
    samples = [made.quantile((n + 0.5) / 20000) for n in range(20000)]
    assert statistics.fmean(samples) == pytest.approx(mean, abs=0.01)
    assert statistics.pstdev(samples) == pytest.approx(sigma, abs=0.01)


def test_a_truncated_normal_and_a_log_uniform_stay_within_their_bounds():
    normal = Dispersion(key="x", distribution="normal", mean=0.0, sigma=1.0, low=-1.0, high=2.0)
    decades = Dispersion(key="x", distribution="log_uniform", low=1.0, high=100.0)
    assert (normal.quantile(SMALLEST), normal.quantile(1.0 - 2 * SMALLEST)) == pytest.approx((-1.0, 2.0))
    assert decades.quantile(0.5) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('key = "vehicle.mass.dry_kg"', 'key = "vehicle.mass.dri_kg"'), "dri_kg.*did you mean dry_kg"),
        (("low = 0.9\n", ""), "does not fit.*bound it with low and high"),
        (('"normal"', '"uniform"'), "uniform does not take mean, sigma"),
        (("sigma = 0.01\n", ""), "normal needs sigma"),
        (('"nominal_terminal"', '"nominal_terminals"'), "did you mean nominal_terminal"),
        (("runs = 12", "runs = 0"), "runs"),
        (("[[strata]]", '[[strata]]\nfaults = ["lrf ded"]'), "no fault 'lrf ded'"),
        (("[[strata]]", '[[strata]]\nexcused = ["TD-9"]'), "no requirement TD-9"),
    ],
)
def test_what_cannot_be_flown_is_refused_before_anything_is(tmp_path, change, words):
    wide = kit.CAMPAIGN.replace("sigma = 0.01", "sigma = 0.2")
    text = (wide if change[1] == "" and "low" in change[0] else kit.CAMPAIGN).replace(*change)
    with pytest.raises(InputError, match=words):
        plan(tmp_path, text)


def test_faults_and_scenarios_unfold_into_strata(tmp_path):
    text = kit.CAMPAIGN.replace(
        "[[strata]]", '[[strata]]\nfaults = ["lrf d*"]\nonsets = ["approach", "terminal"]'
    )
    made = plan(tmp_path, text)
    names = [stratum.name for stratum in made.strata]
    assert names[:2] == ["nominal_terminal: lrf dead @ approach", "nominal_terminal: lrf dead @ terminal"]
    assert len(names) == 4 and made.runs == 48
    run = made.run(1)
    assert load_scenario(run.stratum.source, run.sets) == run.scenario
    assert [fault.target for fault in run.scenario.faults] == ["lrf"] and run.clean.faults == []


def test_runs_are_dealt_to_the_strata_in_turn_until_each_has_its_own(tmp_path):
    strata = '[[strata]]\nscenario = "nominal"\nruns = 1\n\n[[strata]]\nscenario = "apex"\nruns = 3\n'
    text = kit.CAMPAIGN.replace('[[strata]]\nscenario = "nominal_terminal"\n', strata)
    assert plan(tmp_path, text).deal == [(0, 0), (1, 0), (1, 1), (1, 2)]
    assert plan(tmp_path, text, runs=6).deal[4:] == [(1, 3), (1, 4)]


@pytest.mark.parametrize("name", ["smoke", "nominal", "history", "matrix", "acceptance", "hard"])
def test_shipped_campaigns_can_be_flown(name):
    made = load.plan(load.read(name), 1)
    run = made.run(made.runs - 1)
    assert load_scenario(run.stratum.source, run.sets) == run.scenario


def test_nominal_has_the_runs_that_three_sigma_take():
    assert load.plan(load.read("nominal"), 1).runs == 1109


def test_one_item_of_a_list_that_the_file_leaves_to_its_default_can_be_dispersed(tmp_path):
    item = '[[dispersions]]\nkey = "environment.orbit_determination.position_m.1"\n'
    text = kit.CAMPAIGN.replace('"nominal_terminal"', '"nominal"') + item
    run = plan(tmp_path, text + 'distribution = "uniform"\nrelation = "factor"\nlow = 0.5\nhigh = 2.0\n').run(
        0
    )
    up, along, left = run.scenario.environment.orbit_determination.position_m
    assert (up, left) == (250.0, 150.0) and along != 500.0
