"""The contract of an MEA layout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest

from livn_core.system.mea import build_mea
from livn_core.testing.component import ComponentContract

__all__ = ["MEALayoutContract"]

CULTURES = {
    "square": [[0.0, 0.0, 0.0], [1000.0, 1000.0, 10.0]],
    "oblong": [[-800.0, -1600.0, 0.0], [800.0, 1600.0, 35.0]],
    "tiny": [[0.0, 0.0, 0.0], [5.0, 5.0, 1.0]],
}


class MEALayoutContract(ComponentContract):
    """Electrodes are finite, distinct, and decided by the configured culture alone."""

    kind = "mea"

    #: Whether the array moves with the culture; False when the user gives absolute positions.
    follows_culture: ClassVar[bool] = True

    @pytest.mark.parametrize("culture", CULTURES)
    def test_electrodes(self, example: Mapping[str, Any], culture: str) -> None:
        """(n, 3) finite and distinct positions, n > 0, the same each time."""
        bounds = np.array(CULTURES[culture])
        given = bounds.copy()
        layout = self.create(example)
        electrodes = np.asarray(layout.electrodes(bounds))
        assert electrodes.ndim == 2
        assert electrodes.shape[1] == 3
        assert len(electrodes) > 0
        assert np.isfinite(electrodes).all()
        assert len(np.unique(electrodes, axis=0)) == len(electrodes), "two in one place"
        np.testing.assert_array_equal(bounds, given, "it changed the bounds that it was given")
        np.testing.assert_array_equal(electrodes, self.create(example).electrodes(bounds))

    def test_moves_with_the_culture(self, example: Mapping[str, Any]) -> None:
        """A culture elsewhere has the same array there."""
        if not self.follows_culture:
            pytest.skip("its positions are absolute: it does not follow the culture")
        bounds = np.array(CULTURES["square"])
        shift = np.array([300.0, -70.0, 20.0])
        here = np.asarray(self.create(example).electrodes(bounds))
        there = np.asarray(self.create(example).electrodes(bounds + shift))
        np.testing.assert_allclose(there, here + shift, atol=1e-6)

    def test_labels_name_every_electrode_once(self, example: Mapping[str, Any]) -> None:
        """Labels, when there are any, are distinct texts."""
        layout = self.create(example)
        electrodes = layout.electrodes(np.array(CULTURES["square"]))
        labels = layout.labels()
        if labels is None:
            pytest.skip("it names no electrode")
        assert len(labels) == len(electrodes)
        assert all(isinstance(label, str) and label for label in labels)
        assert len(set(labels)) == len(labels)

    def test_makes_a_file_that_the_simulator_takes(self, example: Mapping[str, Any]) -> None:
        """Ids are 0..n-1 in the order of the rows, and no key is unknown."""
        made = build_mea(self.create(example), CULTURES["square"])
        rows = made.document["electrode_coordinates"]
        assert [row[0] for row in rows] == list(range(len(rows)))
        assert set(made.document) == {"electrode_coordinates", "input_radius", "output_radius"}
