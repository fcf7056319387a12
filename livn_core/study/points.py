"""The points of a study: keys crossed, zipped, read from a table, or sampled."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from livn_core.documents.jsonio import json_fit
from livn_core.errors import ConfigError, Finding
from livn_core.notices import warn_caller
from livn_core.study.plates import read_table
from livn_core.study.ranges import MOST_POINTS, interval, values_of
from livn_core.study.request import Request
from livn_core.suggest import did_you_mean

__all__ = ["Point", "canonical", "points_of"]

#: Key as written -> value.
Point = Mapping[str, Any]


def points_of(request: Request, seed: int) -> list[Point]:
    """Return the points of a study in their order, each once; the base's seed scrambles a sample."""
    if request.table is not None:
        points: list[Point] = [row for _, row in read_table(request.table)]
    elif request.sample is not None:
        points = _sampled(request.sample.keys, request.sample.points, seed)
    else:
        points = _crossed(request.vary, request.zip)
    if any(point.get("random_seed", 0) is None for point in points):
        raise ConfigError(
            [Finding("random_seed", "null draws a seed, and no value can be told from it", "vary")],
            hint="use --replicates for systems that differ in their seed alone",
        )
    if any("output_directory" in point for point in points):
        text = "cannot be varied: a study names the directories of its systems itself"
        raise ConfigError([Finding("output_directory", text, "vary")])
    once = {canonical(point): point for point in reversed(points)}
    if again := len(points) - len(once):
        warn_caller(f"{again} of {len(points)} points are given more than once, and made once")
    return list(reversed(once.values()))


def canonical(values: Mapping[str, Any]) -> str:
    """Return one text for equal values: 100 and 100.0 are, whatever the order of the keys."""

    def one(value: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, Mapping):
            return {key: one(entry) for key, entry in value.items()}
        return [one(entry) for entry in value] if isinstance(value, list) else value

    return json.dumps(one(json_fit(values)), sort_keys=True, ensure_ascii=False)


def _crossed(vary: Mapping[str, Any], groups: Sequence[Sequence[str]]) -> list[Point]:
    values = {key: values_of(key, given) for key, given in vary.items()}
    group_of: dict[str, Sequence[str]] = {}
    for group in groups:
        _check_group(group, values, group_of)
        group_of |= dict.fromkeys(group, group)
    axes, seen = [], set[str]()
    for key in values:
        together = group_of.get(key, (key,))
        if key not in seen:  # a group stands where its first key does
            seen |= set(together)
            rows = zip(*(values[one] for one in together), strict=True)
            axes.append([dict(zip(together, row, strict=True)) for row in rows])
    count = math.prod(map(len, axes))
    if count > MOST_POINTS:
        raise ConfigError(f"{count:,} points are more than the {MOST_POINTS:,} that a study has")
    return [
        {key: value for part in parts for key, value in part.items()}
        for parts in itertools.product(*axes)
    ]


def _check_group(
    group: Sequence[str], values: Mapping[str, list[Any]], taken: Mapping[str, Any]
) -> None:
    for key in group:
        if key not in values:
            raise ConfigError([Finding("zip", f"'{key}' is not varied{did_you_mean(key, values)}")])
        if key in taken or list(group).count(key) > 1:
            raise ConfigError([Finding("zip", f"'{key}' is zipped twice")])
    lengths = {key: len(values[key]) for key in group}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        text = f"keys that go together need equally many values: {shown}"
        raise ConfigError([Finding("zip", text)])


def _sampled(keys: Mapping[str, Any], count: int, seed: int) -> list[Point]:
    """Draw from Sobol's sequence, with Owen's scrambling, of which the first points stay.

    Sobol 1967, USSR Comput Math Math Phys 7:86; Owen 1998, J Complexity 14:466.
    """
    import numpy as np
    from scipy.stats import qmc

    from livn_core.sampling.streams import key64

    intervals = {key: interval(key, given) for key, given in keys.items()}
    if not intervals:
        text = "names no key to sample: --vary KEY=LOW..HIGH does"
        raise ConfigError([Finding("sample.keys", text)])
    # SciPy spawns a stream for the scrambling, which a keyed stream cannot do.
    scrambling = np.random.Generator(np.random.PCG64(key64(seed, "sample")))
    sequence = qmc.Sobol(len(intervals), scramble=True, rng=scrambling)
    # Drawn by a power of two, as the sequence is balanced; the first are the points.
    drawn = sequence.random_base2(math.ceil(math.log2(count)))[:count]
    return [
        {
            key: one.at(float(share))
            for (key, one), share in zip(intervals.items(), row, strict=True)
        }
        for row in drawn
    ]
