"""What a program of a culture tells the engine: its box, and how its cells are cut into tasks."""

from __future__ import annotations

import numpy as np

from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate


def program(**document):
    return CultureProgram(validate({"connectivity": {"mean_degree": 0}, **document}))


def test_the_box_is_the_regions_and_that_of_the_cells_where_none_is_stated():
    stated = program(
        area="disk", area_kwargs={"center": [5, 5], "radius": 300}, total_cells=4, z_range=[3, 8]
    )
    assert stated.bounds().tolist() == [[-295, -295, 3], [305, 305, 8]]
    places = np.array([[1.0, 2], [-3, 4], [5, 40]])
    measured = program(
        area=lambda count, rng: places, populations={"A": {"count": 3}}, z_range=[3, 8]
    )
    assert measured.bounds().tolist() == [[-3, 2, 3], [5, 40, 8]]


def test_a_population_of_no_cells_is_no_task():
    made = program(populations={"A": {"count": 0}, "B": {"count": 9}})
    assert {task.population for task in made.tasks()} == {"B"}
