"""Who asks where cells are: generate, pictures, electrodes, the record."""

import hashlib

import numpy as np
import pytest

from livn_core import generate
from livn_core.components import Placement
from livn_core.culture.placement import place_all
from livn_core.culture.positions import place_cells
from livn_core.culture.region import Circle, Part, Region
from livn_core.culture.validation import validate
from livn_core.errors import OutputError, PlacementError
from livn_core.sampling.streams import stream
from livn_core.system.mea import build_mea, write_mea
from livn_core.system.region import region_of


class Rim(Placement):
    """Cells on a circle, whose region is smaller than it says."""

    radius: float = 100.0
    stated: float = 100.0

    def place(self, count, rng):
        turn = 2 * np.pi * rng.random(count)
        return self.radius * np.column_stack([np.cos(turn), np.sin(turn)])

    def bounds(self):
        return self.stated * np.array([[-1.0, -1.0], [1.0, 1.0]])

    def region(self):
        return Region([Part(Circle((0, 0), self.stated))])


def cells_of(placement, **keys):
    config = validate({"total_cells": 50, **keys})
    config.__dict__.update(_placement=placement, region=placement.region())
    return place_cells(config)


def test_cells_outside_the_stated_region_are_an_error():
    assert cells_of(Rim()).warnings == ()
    with pytest.raises(PlacementError, match=r"put 40 of 40 cells outside its own region"):
        cells_of(Rim(stated=99.0))


def test_z_outside_z_range_is_an_error(tmp_path):
    (tmp_path / "cells.csv").write_text("x,y,z\n0,0,5\n10,0,20\n")
    document = {
        "area": "file",
        "area_kwargs": {"path": str(tmp_path / "cells.csv")},
        "populations": {"EXC": {"count": 2}},
    }
    with pytest.raises(PlacementError, match="z_range 0 to 10 um") as error:
        place_cells(validate(document))
    assert "z_range" in error.value.hint
    assert len(place_cells(validate(document | {"z_range": [0, 20]})).cells["EXC"]) == 2


def test_coincident_cells_are_one_warning_with_their_number(tmp_path):
    rows = "".join(f"{k % 3 * 300},0,5\n" for k in range(10))
    (tmp_path / "cells.csv").write_text("x,y,z\n" + rows)
    document = {
        "area": "file",
        "area_kwargs": {"path": str(tmp_path / "cells.csv")},
        "populations": {"EXC": {"count": 10}},
        "connectivity": {"mean_degree": 2},
    }
    text = "7 cells lie exactly where another one is"
    assert place_cells(validate(document)).warnings == (text,)
    with pytest.warns(UserWarning, match=text):
        system = generate(document, output_directory=tmp_path / "made")
    assert system.provenance["warnings"] == [text]


def test_files_are_kept_with_their_hash(tmp_path):
    content = b"x,y,z\n0,0,5\n10,0,5\n"
    (tmp_path / "cells.csv").write_bytes(content)
    document = {
        "area": "file",
        "area_kwargs": {"path": str(tmp_path / "cells.csv")},
        "populations": {"EXC": {"count": 2}},
        "connectivity": {"mean_degree": 1},
    }
    system = generate(document, output_directory=tmp_path / "made")
    assert (system.path / "inputs" / "cells.csv").read_bytes() == content
    assert system.provenance["inputs"] == [
        {
            "path": str(tmp_path / "cells.csv"),
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "copy": "inputs/cells.csv",
        }
    ]
    generate(document, output_directory=tmp_path / "made", overwrite=True)
    assert (system.path / "inputs" / "cells.csv").read_bytes() == content


@pytest.mark.parametrize("name", ["cells.csv", "notes.txt"])
def test_a_file_that_a_user_put_among_the_copies_is_not_replaced(tmp_path, name):
    (tmp_path / "cells.csv").write_text("x,y,z\n0,0,5\n10,0,5\n")
    document = {
        "area": "file",
        "area_kwargs": {"path": str(tmp_path / "cells.csv")},
        "populations": {"EXC": {"count": 2}},
        "connectivity": {"mean_degree": 1},
    }
    system = generate(document, output_directory=tmp_path / "made")
    (system.path / "inputs" / name).write_text("precious")
    with pytest.raises(OutputError, match="what livn did not write"):
        generate(document, output_directory=tmp_path / "made", overwrite=True)
    assert (system.path / "inputs" / name).read_text() == "precious"


def test_of_too_large_files_the_hash_alone_is_kept(tmp_path, monkeypatch):
    from livn_core.run import inputs

    monkeypatch.setattr(inputs, "MOST_BYTES", 6)
    for name in ("a.bin", "b.bin"):
        (tmp_path / name).write_bytes(b"12345")
    kept = inputs.keep_inputs([tmp_path / "a.bin", tmp_path / "b.bin", tmp_path / "none"], tmp_path)
    assert [entry["copy"] for entry in kept] == ["inputs/a.bin", None, None]
    assert kept[1]["sha256"] == hashlib.sha256(b"12345").hexdigest()


def test_electrodes_outside_the_region_are_told(tmp_path):
    system = generate({"area": "disk", "total_cells": 100}, output_directory=tmp_path / "round")
    region = region_of(system)
    assert region is not None
    assert region.area == pytest.approx(np.pi * 500**2)
    # The corner of the disk's box is no place for cells.
    made = write_mea(system, "coordinates", {"coordinates": [[450, 450], [0, 0]]})
    assert "1 of 2 electrodes lie outside the culture" in made.warnings
    from livn_core.plugins.registry import registry

    layout = registry().create("mea", "coordinates", {"coordinates": [[450, 450], [0, 0]]})
    assert build_mea(layout, system.bounds()).warnings == ()


def test_pictures_draw_the_outline(tmp_path):
    from livn_core.plotting import plot

    document = {"area": "modules", "total_cells": 160, "connectivity": {"mean_degree": 2}}
    system = generate(document, output_directory=tmp_path / "modular")
    axes = plot(system, "layout").axes[0]
    corners = axes.patches[0].get_path().vertices
    assert corners[:, 0].min() == -300
    assert len(corners) == 4 * 5


def test_a_placement_may_place_all_populations_at_once():
    class Ranks(Placement):
        def place(self, count, rng):
            raise NotImplementedError

        def bounds(self):
            return None

        def place_all(self, counts, stream):
            every = stream("positions").random((sum(counts.values()), 2))
            ends = np.cumsum(list(counts.values()))[:-1]
            return dict(zip(counts, np.split(every, ends), strict=True))

    def keyed(purpose, population=None):
        return stream(1, purpose, *(() if population is None else (population,)))

    found = place_all(Ranks(), {"EXC": 3, "INH": 2}, keyed)
    assert {name: xy.shape for name, xy in found.items()} == {"EXC": (3, 2), "INH": (2, 2)}

    class Short(Ranks):
        def place_all(self, counts, stream):
            return {"EXC": np.zeros((3, 2))}

    with pytest.raises(PlacementError, match="must give positions for EXC, INH"):
        place_all(Short(), {"EXC": 3, "INH": 2}, keyed)
