"""One run of several: the mean of the weights of runs that went out from the same ones.

Runs that start alike stay in one valley of the loss, and the mean of their weights does as well as the mean
of their answers at the cost of one network (Wortsman et al., "Model soups", ICML 2022).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from training.fitting.checkpoint import REPORT, WEIGHTS, save_report

_ALWAYS_NAMED, _NEVER_NAMED = {"seed"}, {"start_file"}  # the same weights may lie in two places


def average(runs: Sequence[Path], out: Path) -> dict[str, Any]:
    """Write the mean of the weights of finished ``runs`` as a run of its own; return its report.

    The report is the first run's; its configuration names under "averaged" in what the runs differ, and its
    data are those of all. Raises ValueError for fewer than two runs, or for ones that differ in architecture
    or crop.
    """
    if len(runs) < 2:
        raise ValueError("give two finished runs or more")
    reports = [json.loads((run / REPORT).read_text()) for run in runs]
    for name in ("architecture", "crop"):
        if any(report["config"][name] != reports[0]["config"][name] for report in reports):
            raise ValueError(f"the runs differ in {name}")
    weights = [load_file(run / WEIGHTS) for run in runs]
    mean = {
        name: sum(one[name].double() for one in weights).div(len(weights)).to(value.dtype)  # type: ignore[union-attr]
        for name, value in weights[0].items()
    }
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, out / WEIGHTS)
    first = reports[0]
    report = {
        **first,
        "config": {**first["config"], "averaged": differences([report["config"] for report in reports])},
        "training_data": _together([report["training_data"] for report in reports]),
    }
    save_report(out, report)
    return report


def differences(configs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return of each configuration the settings, with dotted names, that are not the same in all."""
    flat = [dict(_settings(config)) for config in configs]
    names = sorted({name for settings in flat for name in settings} - _NEVER_NAMED)
    apart = [
        name
        for name in names
        if name in _ALWAYS_NAMED or any(one.get(name) != flat[0].get(name) for one in flat)
    ]
    return [{name: settings.get(name) for name in apart} for settings in flat]


def _settings(config: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _together(data: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the sources of all runs, each with the largest number of its files."""
    sources: dict[str, dict[str, Any]] = {}
    for row in (row for rows in data for row in rows):
        known = sources.get(row["source"])
        if known is None or known["photographs"] < row["photographs"]:
            sources[row["source"]] = row
    return [sources[name] for name in sorted(sources)]
