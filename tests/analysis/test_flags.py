"""Flags: the policy's promises, and every rule on a table that must and one that must not raise it."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.flags import Evidence, Policy, collect_flags, person_flags
from calibration.flags.collect import IMPLIES, RULES
from calibration.flags.policy import DEFAULT
from items.errors import BadInput

SOUND = {
    "item": "X", "n": 500, "points": 1, "mean": 0.6, "sd": 0.49, "p": 0.6, "rir": 0.4, "omit": 0.0,
    "idk": 0.05, "not_reached": 0.0, "expected_p": 0.6,
}  # fmt: skip
FITTING = {
    "item": "X", "infit": 1.0, "infit_t": 0.0, "outfit": 1.0, "outfit_t": 0.0, "rmsd": 0.01, "s_x2": 10.0,
    "df": 9,
    "p_adjusted": 0.8, "rmsea": 0.0, "chi2_simulated": 3.0, "df_simulated": 3.0, "p_simulated_adjusted": 0.7,
}  # fmt: skip
PAIR = {"item_1": "X", "item_2": "Y", "n": 500, "q3": 0.0, "q3_excess": 0.02, "cutoff": 0.12}
COMPARED = {"item": "X", "delta_mh": -0.3, "std_p_dif": -0.01, "ets_class": "A", "focal": "women"}
MOVED = {"item": "X", "displacement": 0.1, "class": "A"}
TIMED = {
    "item": "X", "n_timed": 500, "median_s": 40.0, "rapid": 0.01, "threshold_s": 4.0, "info_per_minute": 1.0,
    "kappa": 0.5,
}  # fmt: skip


def option(label: str, *, key: bool = False, **values: float) -> dict[str, object]:
    row = {
        "n": 100,
        "share": 0.2,
        "rpb": -0.2,
        "share_top": 0.1,
        "share_bottom": 0.3,
        "mean_theta": -0.3,
        "lead": -5.0,
    }
    return {"item": "X", "option": label, "key": key, "answered": True, "offered": True} | row | values


SOUND_OPTIONS = [option("C", key=True, n=300, share=0.6, rpb=0.4, share_top=0.8), option("A"), option("B")]


def evidence(**changed: object) -> Evidence:
    """Return tables that raise nothing, with parts changed: dicts update rows, a list replaces options."""

    def table(name: str, row: dict[str, object]) -> pd.DataFrame:
        return pd.DataFrame([row | (changed.get(name) or {})])

    sound = {"item": "Y"}
    return Evidence(
        n_persons=1000,
        items=pd.concat([table("items", SOUND), pd.DataFrame([SOUND | sound])], ignore_index=True),
        options=pd.DataFrame(changed.get("options", SOUND_OPTIONS)),
        fit=table("fit", FITTING),
        dependence=table("dependence", PAIR),
        times=pd.concat([table("times", TIMED), pd.DataFrame([TIMED | sound])], ignore_index=True),
        dif={"g_sex": table("dif", COMPARED)},
        drift={"spring": table("drift", MOVED)},
    )


FAULTS = {
    "suspected_wrong_key": {
        "options": [
            option("C", key=True, rpb=0.0, share_top=0.14), option("B", rpb=0.3, share_top=0.55, lead=3.0),
        ]
    },
    "ambiguous_pair": {
        "options": [
            option("C", key=True, rpb=0.15, share_top=0.5), option("B", rpb=0.1, share_top=0.4, lead=0.1),
        ]
    },
    "never_chosen": {"options": [*SOUND_OPTIONS, option("D", n=0, share=0.0)]},
    "attractive_distractor": {"options": [option("C", key=True, share=0.3, rpb=0.3), option("B", share=0.5)]},
    "negative_discrimination": {"items": {"rir": -0.1}},
    "low_discrimination": {"items": {"rir": 0.05}},
    "too_hard": {"items": {"p": 0.05, "mean": 0.05, "sd": 0.22, "expected_p": 0.05}},
    "too_easy": {"items": {"p": 0.98, "mean": 0.98, "sd": 0.14, "expected_p": 0.98}},
    "not_as_expected": {"items": {"expected_p": 0.45}},
    "often_omitted": {"items": {"omit": 0.2}},
    "often_unknown": {"items": {"idk": 0.5}},
    "often_not_reached": {"items": {"not_reached": 0.15}},
    "noisy": {"fit": {"infit": 1.4, "infit_t": 4.0}},
    "surprising_answers": {"fit": {"outfit": 2.5, "outfit_t": 3.0}},
    "overly_regular": {"fit": {"infit": 0.6, "infit_t": -4.0}},
    "misfit": {"fit": {"p_adjusted": 0.001, "rmsea": 0.08}},
    "dependent_pair": {"dependence": {"q3": 0.3, "q3_excess": 0.32}},
    "dif_large": {"dif": {"ets_class": "C", "delta_mh": -1.9}},
    "dif_moderate": {"dif": {"ets_class": "B", "delta_mh": 1.2}},
    "drifted": {"drift": {"class": "C", "displacement": 0.9}},
    "rapid_guessing": {"times": {"rapid": 0.2}},
    "slow_for_its_information": {"times": {"info_per_minute": 0.05, "median_s": 90.0}},
    "known_beforehand": {"times": {"kappa": 5.0}},
}  # fmt: skip


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.read()


def test_only_an_offered_option_can_be_one_that_nobody_chooses(policy: Policy) -> None:
    """A rare typed answer is no idle option."""
    typed = evidence(options=[*SOUND_OPTIONS, option("4.5", n=1, share=0.002) | {"offered": False}])
    assert collect_flags(typed, policy).empty


def test_sound_items_raise_nothing(policy: Policy) -> None:
    assert collect_flags(evidence(), policy).empty


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_raises_its_flag(policy: Policy, name: str) -> None:
    flags = collect_flags(evidence(**FAULTS[name]), policy)
    row = flags[flags["flag"] == name].iloc[0]
    assert row["item"] == "X"
    assert row["severity"] == policy.flags[name].severity
    assert row["action"] == policy.flags[name].action
    assert len(row["evidence"]) > 10
    assert "nan" not in row["evidence"]


def test_every_rule_has_a_fault_here_and_an_entry_in_the_policy(policy: Policy) -> None:
    rules = {name for members in RULES.values() for name in members}
    assert set(FAULTS) == rules
    assert rules | {"aberrant_person", "little_effort", "prepared_person"} == set(policy.flags)


def test_sentences_are_those_of_a_content_editor(policy: Policy) -> None:
    flags = collect_flags(evidence(**FAULTS["suspected_wrong_key"]), policy)
    assert flags["evidence"][0] == (
        "People who know the topic choose B more often than the keyed C "
        "(55 % against 14 % of the best third): check the key"
    )


def sentence(policy: Policy, **changed: object) -> str:
    return str(collect_flags(evidence(**changed), policy)["evidence"][0])


def test_a_difference_between_groups_is_told_as_a_share_of_the_points(policy: Policy) -> None:
    """0.5 of 2 points are 25 of 100."""
    found = {"ets_class": "C", "delta_mh": -1.9, "std_p_dif": -0.5}
    assert sentence(policy, dif=found, items={"points": 2}) == (
        "Among equally able people it is harder for those with sex = women, by 25 % of the points"
    )
    found["std_p_dif"] = -0.1
    assert sentence(policy, dif=found) == (
        "Among equally able people it is harder for those with sex = women, by 10 percentage points (Δ −1.90)"
    )


@pytest.mark.parametrize(
    ("partners", "told"),
    [
        (1, "A (Q3* 0.50)"),
        (3, "A (Q3* 0.50), B (Q3* 0.50), C (Q3* 0.50)"),
        (4, "A (Q3* 0.50), B (Q3* 0.50), C (Q3* 0.50) and one other"),
        (5, "A (Q3* 0.50), B (Q3* 0.50), C (Q3* 0.50) and 2 others"),
    ],
)
def test_dependent_items_name_their_closest_partners(policy: Policy, partners: int, told: str) -> None:
    names = list("ABCDE")[:partners]
    pairs = pd.DataFrame([PAIR | {"item_2": name, "q3": 0.5, "q3_excess": 0.5} for name in names])
    everybody = pd.DataFrame([SOUND | {"item": name} for name in ("X", *names)])
    flags = collect_flags(Evidence(1000, everybody, dependence=pairs), policy).set_index("item")
    assert flags["evidence"]["X"].startswith(f"Goes together with {told} more than ability explains")


def test_a_wrong_answer_of_people_who_know_half_is_no_second_key(policy: Policy) -> None:
    """It rises with ability, but those who give it stand far below those who give the keyed answer."""
    rising = option("B", rpb=0.2, share_top=0.44, lead=-8.5)
    key = option("C", key=True, rpb=0.27, share_top=0.2)
    assert "ambiguous_pair" not in set(collect_flags(evidence(options=[key, rising]), policy)["flag"])


def test_a_flag_that_another_implies_is_not_repeated(policy: Policy) -> None:
    flags = collect_flags(evidence(**FAULTS["suspected_wrong_key"], items={"rir": -0.1}), policy)
    assert list(flags["flag"]) == ["suspected_wrong_key"]
    assert "negative_discrimination" in IMPLIES["suspected_wrong_key"]


def test_misfit_without_a_common_form_is_judged_along_ability(policy: Policy) -> None:
    faulty = {"s_x2": np.nan, "p_adjusted": np.nan, "rmsea": np.nan, "p_simulated_adjusted": 0.001}
    assert collect_flags(evidence(fit=faulty | {"rmsd": 0.08}), policy)["flag"][0] == "misfit"
    assert collect_flags(evidence(fit=faulty | {"rmsd": 0.02}), policy).empty


def test_few_answers_raise_nothing(policy: Policy) -> None:
    assert collect_flags(evidence(items={"n": 20, "rir": -0.5}), policy).empty


def test_the_most_harmful_come_first(policy: Policy) -> None:
    mixed = evidence(items={"rir": 0.05}, drift={"class": "C", "displacement": -0.7}, times={"rapid": 0.3})
    flags = collect_flags(mixed, policy)
    assert list(flags["harm"]) == sorted(flags["harm"], reverse=True)
    np.testing.assert_allclose(flags["harm"], flags["severity"] * flags["exposure"])
    assert (flags["exposure"] == 0.5).all()


def test_people_are_flagged(policy: Policy) -> None:
    table = pd.DataFrame({"p": [0.5, 0.0001, np.nan], "effort": [1.0, 1.0, 0.6], "kappa": [0.1, 6.0, np.nan]})
    assert person_flags(table, policy) == ["", "aberrant_person prepared_person", "little_effort"]
    assert person_flags(table[["p"]], policy) == ["", "aberrant_person", ""]


def test_every_entry_names_source_basis_and_action() -> None:
    entries = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))["flags"]
    for name, entry in entries.items():
        assert entry["source"], name
        assert entry["action"].endswith((".", "?")), name
        assert entry["basis"] in ("conventional", "simulated"), name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[flags.too_hard]", "[flags.too_hrad]", "unknown flag 'too_hrad'; did you mean 'too_hard'"),
        ("mean_square = 1.30", "mean_sqare = 1.30", "no threshold 'mean_sqare'"),
        ("excess = 0.20", "#", "lacks the threshold 'excess'"),
        ("kappa = 4.0", 'kappa = "4"', "kappa = '4'"),
        ("severity = 5", "severity = 9", "flags.suspected_wrong_key.severity"),
        ("[minimum]", "[minimum", "is not TOML"),
    ],
)
def test_a_policy_that_cannot_be_used_says_why(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(DEFAULT.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=message.replace("(", r"\(")):
        Policy.read(path)


def test_thresholds_can_be_changed_and_flags_left_out(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(
        '[minimum]\nitem = 10\n[flags.low_discrimination]\nseverity = 1\nbasis = "conventional"\n'
        'source = "own"\n'
        'action = "Look."\nitem_rest = 0.5\n',
        encoding="utf-8",
    )
    flags = collect_flags(evidence(), Policy.read(path))
    assert list(flags["flag"]) == ["low_discrimination", "low_discrimination"]
    with pytest.raises(BadInput, match="no such file"):
        Policy.read(tmp_path / "missing.toml")
