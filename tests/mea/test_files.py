"""Electrodes and cells whose positions stand in a file."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from livn_core.documents.tables import read_coordinates
from livn_core.errors import ConfigError, PlacementError
from livn_core.plugins.registry import registry
from livn_core.system.mea import build_mea

BOUNDS = np.array([[0.0, 0.0, 0.0], [1000.0, 1000.0, 10.0]])


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "label,x,y\nA1,100,200.5\nB2,300,400\n"),
        ("semicolon.csv", "Label;X;Y\nA1;100;200.5\nB2;300;400\n"),
        ("excel.csv", b"\xef\xbb\xbflabel,x,y\r\nA1,100,200.5\r\nB2,300,400\r\n"),
        ("tab.tsv", "name\tx\ty\nA1\t100\t200.5\nB2\t300\t400\n"),
        ("blanks.txt", "# an array\nlabel x y\nA1 100 200.5  # first\n\nB2 300 400\n"),
        ("quoted.csv", '"label","x","y"\n"A1","100","200.5"\n"B2","300","400"\n'),
        ("mm.csv", "label,x (mm),y [mm]\nA1,0.1,0.2005\nB2,0.3,0.4\n"),
        ("um.csv", "label,x_um,y_µm\nA1,100,200.5\nB2,300,400\n"),
        ("rows.json", '[{"label": "A1", "x": 100, "y": 200.5}, {"label": "B2", "x": 300, "y": 400}]'),
        ("columns.json", '{"label": ["A1", "B2"], "x": [100, 300], "y": [200.5, 400]}'),
    ],
)  # fmt: skip
def test_the_same_table_however_it_is_written(tmp_path: Path, name: str, text: str):
    layout = registry().create("mea", "file", {"path": str(write(tmp_path, name, text))})
    assert layout.electrodes(BOUNDS) == pytest.approx(
        np.array([[100, 200.5, 5], [300, 400, 5]]), abs=1e-9
    )
    assert layout.labels() == ["A1", "B2"]


@pytest.mark.parametrize(
    ("name", "text", "row"),
    [
        ("two.csv", "100,200\n300,400\n", [100, 200, 5]),
        ("three.csv", "100,200,7\n300,400,7\n", [100, 200, 7]),
        ("four.json", "[[12, 100, 200, 7], [25, 300, 400, 7]]", [100, 200, 7]),
        ("mea.json", '{"electrode_coordinates": [[0, 100, 200, 7]], "input_radius": 1}', [100, 200, 7]),
    ],
)  # fmt: skip
def test_without_names_three_numbers_are_x_y_z(tmp_path: Path, name: str, text: str, row):
    layout = registry().create("mea", "file", {"path": str(write(tmp_path, name, text))})
    assert layout.electrodes(BOUNDS)[0].tolist() == row


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "pos_x,y\n1,2\n", r"no column 'x'; did you mean 'pos_x'"),
        ("b.csv", "x,y\n1,2\n3,abc\n", r"line 3: y is 'abc', not a finite number"),
        ("c.csv", "x,y\n1,2\n3\n", r"line 3: 1 values for 2 columns"),
        ("d.csv", "x,y\n1,nan\n", r"line 2: y is 'nan'"),
        ("e.csv", "", r"holds no rows"),
        ("f.csv", "x,y,x_um\n1,2,3\n", r"two columns for x"),
        ("g.csv", "x (inch),y\n1,2\n", r"is in 'inch'"),
        ("h.csv", "1,2,3,4,5\n", r"has 5 values and no header"),
        ("i.csv", "x,y\n1,2\n1,2\n", r"two electrodes at the same place \(1, 2\)"),
        ("j.csv", "label,x,y\nA,1,2\nA,3,4\n", r"two electrodes are called 'A'"),
        ("k.json", '{"a": 1}', r"no column 'x'"),
        ("l.json", "[[1, 2], [3]]", r"rows differ in length"),
        ("m.json", "[1, 2", r"line 1"),
        ("n.xlsx", "PK", r"unknown file type '.xlsx'"),
        ("o.csv", b"\xff\xfex\x00,\x00", r"is not UTF-8"),
        ("p.csv", "x_pos,y_pos\n1,2\n", r"no column 'x'; did you mean 'x_pos'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, text: str | bytes, message: str):
    path = write(tmp_path, name, text)
    layout = registry().create("mea", "file", {"path": str(path)})
    with pytest.raises(ConfigError, match=message) as caught:
        build_mea(layout, BOUNDS)
    assert path.name in str(caught.value)


def test_a_row_of_separators_alone_is_no_row(tmp_path: Path):
    path = write(tmp_path, "p.csv", "x,y\n1,2\n,\n3,4\n")
    assert len(read_coordinates(path).positions) == 2


def test_missing_file(tmp_path: Path):
    with pytest.raises(ConfigError, match="does not exist"):
        read_coordinates(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="is a directory"):
        read_coordinates(tmp_path)


def test_centred_and_rotated(tmp_path: Path):
    path = write(tmp_path, "a.csv", "x,y\n0,0\n100,0\n")
    layout = registry().create("mea", "file", {"path": str(path), "centred": True, "rotate": 90})
    assert layout.electrodes(BOUNDS) == pytest.approx(np.array([[500, 450, 5], [500, 550, 5]]))


class TestProbeinterface:
    probeinterface = pytest.importorskip("probeinterface")

    def probe(self, units: str, scale: float):
        probe = self.probeinterface.Probe(ndim=2, si_units=units)
        probe.set_contacts(
            positions=np.array([[0, 0], [0.2, 0], [0, 0.1]]) * scale,
            shapes="circle",
            shape_params={"radius": 0.015 * scale},
        )
        probe.set_contact_ids(["A", "B", "C"])
        return probe

    @pytest.mark.parametrize(("units", "scale"), [("um", 1000), ("mm", 1)])
    def test_units_are_honoured(self, tmp_path: Path, units: str, scale: float):
        path = tmp_path / "probe.json"
        self.probeinterface.write_probeinterface(path, self.probe(units, scale))
        layout = registry().create("mea", "probeinterface", {"path": str(path)})
        assert layout.electrodes(BOUNDS) == pytest.approx(
            np.array([[400, 450, 5], [600, 450, 5], [400, 550, 5]])
        )
        assert layout.labels() == ["A", "B", "C"]
        kept = registry().create("mea", "probeinterface", {"path": str(path), "centred": False})
        assert kept.electrodes(BOUNDS)[1] == pytest.approx([200, 0, 5])

    def test_other_readers(self, tmp_path: Path):
        path = tmp_path / "probe.prb"
        group = self.probeinterface.ProbeGroup()
        probe = self.probe("um", 1000)
        probe.set_device_channel_indices([0, 1, 2])
        group.add_probe(probe)
        self.probeinterface.write_prb(path, group)
        layout = registry().create("mea", "probeinterface", {"path": str(path)})
        assert len(layout.electrodes(BOUNDS)) == 3

    def test_broken(self, tmp_path: Path):
        path = write(tmp_path, "probe.json", '{"specification": "x"}')
        with pytest.raises(ConfigError, match=r"cannot read .*probe.json"):
            registry().create("mea", "probeinterface", {"path": str(path)}).electrodes(BOUNDS)
        with pytest.raises(ConfigError, match="suffix"):
            registry().create(
                "mea", "probeinterface", {"path": str(write(tmp_path, "p.xyz", ""))}
            ).electrodes(BOUNDS)


class TestMeasuredCells:
    TABLE = "population,x,y,z\nEXC,1,2,3\nINH,10,20,30\nEXC,4,5,6\n"

    def placement(self, path: Path, **parameters: object):
        return registry().create("placement", "file", {"path": str(path), **parameters})

    def test_rows_by_population(self, tmp_path: Path):
        placement = self.placement(write(tmp_path, "cells.csv", self.TABLE))
        rng = np.random.default_rng(1)
        exc = placement.for_population("EXC").place(2, rng)
        assert exc.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert placement.for_population("INH").place(1, rng).tolist() == [[10, 20, 30]]
        assert placement.bounds().tolist() == [[1, 2], [10, 20]]

    def test_one_population_alone(self, tmp_path: Path):
        placement = self.placement(write(tmp_path, "cells.csv", "X,Y\n1,2\n3,4\n"))
        assert placement.for_population("PYR").place(2, np.random.default_rng(1)).shape == (2, 2)

    def test_wrong_count_names_both_numbers(self, tmp_path: Path):
        placement = self.placement(write(tmp_path, "cells.csv", self.TABLE))
        with pytest.raises(PlacementError, match=r"holds 2 positions of population 'EXC' for 80"):
            placement.for_population("EXC").place(80, np.random.default_rng(1))

    def test_unknown_population(self, tmp_path: Path):
        placement = self.placement(write(tmp_path, "cells.csv", self.TABLE))
        with pytest.raises(
            PlacementError, match=r"no cell of population 'EXX'; did you mean 'EXC'"
        ):
            placement.for_population("EXX").place(2, np.random.default_rng(1))

    def test_unknown_column(self, tmp_path: Path):
        path = write(tmp_path, "cells.csv", self.TABLE)
        placement = self.placement(path, column="populatoin")
        with pytest.raises(
            PlacementError, match=r"no column 'populatoin'; did you mean 'population'"
        ):
            placement.for_population("EXC").place(2, np.random.default_rng(1))

    def test_another_column_and_a_fixed_population(self, tmp_path: Path):
        path = write(tmp_path, "cells.csv", "kind,x,y\na,1,2\nb,3,4\n")
        placement = self.placement(path, column="kind", population="b")
        assert placement.for_population("EXC").place(1, np.random.default_rng(1)).tolist() == [
            [3, 4]
        ]

    def test_sonata_nodes(self, tmp_path: Path):
        path = tmp_path / "nodes.h5"
        with h5py.File(path, "w") as file:
            for name, shift in (("EXC", 0.0), ("INH", 100.0)):
                nodes = file.create_group(f"nodes/{name}")
                nodes["node_type_id"] = np.zeros(3, dtype=np.int64)
                # Two groups, in another order than the nodes.
                nodes["node_group_id"] = np.array([1, 0, 1])
                nodes["node_group_index"] = np.array([1, 0, 0])
                for axis, add in (("x", 0), ("y", 10), ("z", 20)):
                    nodes[f"0/{axis}"] = np.array([2.0]) + add + shift
                    nodes[f"1/{axis}"] = np.array([3.0, 1.0]) + add + shift
        placement = self.placement(path)
        rng = np.random.default_rng(1)
        assert placement.for_population("INH").place(3, rng).tolist() == [
            [101, 111, 121],
            [102, 112, 122],
            [103, 113, 123],
        ]

    def test_not_sonata(self, tmp_path: Path):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["positions"] = [1]
        with pytest.raises(ConfigError, match="no group 'nodes'"):
            self.placement(tmp_path / "a.h5").bounds()
        with pytest.raises(ConfigError, match="not an HDF5 file"):
            self.placement(write(tmp_path, "b.h5", "x")).bounds()


def test_json_ids_are_kept_as_labels(tmp_path: Path):
    path = write(tmp_path, "a.json", json.dumps([["A1", 0, 0, 5], ["B7", 200, 0, 5]]))
    layout = registry().create("mea", "file", {"path": str(path)})
    assert layout.labels() == ["A1", "B7"]


def test_a_file_is_meant_from_the_configuration_that_names_it(tmp_path: Path, monkeypatch):
    from livn_core import generate

    (tmp_path / "conf").mkdir()
    write(tmp_path / "conf", "cells.csv", "population,x,y\nEXC,1,2\nEXC,30,40\nINH,5,6\n")
    config = write(
        tmp_path / "conf",
        "net.yml",
        "area: file\n"
        "area_kwargs: {path: cells.csv}\n"
        "populations: {EXC: {count: 2}, INH: {count: 1}}\n"
        "connectivity: {mean_degree: 0}\n",
    )
    monkeypatch.chdir(tmp_path)
    with generate(config, output_directory=tmp_path / "measured") as system:
        assert system.positions("EXC")[:, :2].tolist() == [[1, 2], [30, 40]]
        assert system.positions("INH")[:, :2].tolist() == [[5, 6]]
        assert system.bounds()[:, :2].tolist() == [[1, 2], [30, 40]]
    write(tmp_path, "here.csv", "population,x,y\nEXC,1,2\nEXC,30,40\nINH,7,8\n")
    with generate(
        config, area_kwargs={"path": "here.csv"}, output_directory=tmp_path / "other"
    ) as system:
        assert system.positions("INH")[:, :2].tolist() == [[7, 8]]
        assert system.provenance["configuration"]["area_kwargs"]["path"] == "here.csv"


def test_a_label_that_no_file_can_hold_is_refused_before_anything_is_written(tmp_path: Path):
    path = write(tmp_path, "labels.json", r'[{"x": 1, "y": 2, "label": "A\ud800"}]')
    layout = registry().create("mea", "file", {"path": str(path)})
    with pytest.raises(ConfigError, match=r"'A\\ud800' is no text that a file can hold"):
        build_mea(layout, BOUNDS)


@pytest.mark.parametrize("name", [b"nodes/\xff", b"nodes/EXC/\xff", b"nodes/EXC/0/\xff"])
def test_a_name_of_bytes_in_a_nodes_file_is_refused(tmp_path: Path, name: bytes):
    path = tmp_path / "nodes.h5"
    with h5py.File(path, "w") as file:
        file["nodes/EXC/0/x"] = [1.0]
        file.create_group(name)
    with pytest.raises(ConfigError, match=r"the name b'\\xff' is no UTF-8 text"):
        read_coordinates(path)


def test_a_prb_file_is_not_run(tmp_path):
    pytest.importorskip("probeinterface")
    path = tmp_path / "evil.prb"
    mark = tmp_path / "ran"
    for code in (f"open({str(mark)!r}, 'w')\n", f"channel_groups = open({str(mark)!r}, 'w')\n"):
        path.write_text(code)
        layout = registry().create("mea", "probeinterface", {"path": str(path)})
        with pytest.raises(ConfigError, match="plain values"):
            layout.sites()
    assert not mark.exists()


def test_a_recording_of_several_wells_asks_for_one(livn_here, tmp_path):
    pytest.importorskip("probeinterface")
    kind = np.dtype([("channel", "i4"), ("electrode", "i4"), ("x", "f8"), ("y", "f8")])
    with h5py.File(tmp_path / "two.h5", "w") as file:
        for well, first in (("well000", 100), ("well003", 700)):
            rows = [(k, first + k, 17.5 * k, 35.0) for k in range(4)]
            file[f"wells/{well}/rec0000/settings/mapping"] = np.array(rows, dtype=kind)
    assert livn_here("generate", "--total-cells", "20", "-o", "k").code == 0
    words = ("mea", "k", "--layout", "probeinterface", "--path", "two.h5", "--reader", "maxwell")
    ran = livn_here(*words)
    assert ran.code == 2
    assert "well000, well003" in ran.err
    assert "did you mean 'well003'" in livn_here(*words, "--well", "well03").err
    assert livn_here(*words, "--well", "well003").code == 0
    labels = json.loads((tmp_path / "k" / "mea_labels.json").read_text())["labels"]
    assert labels == ["700", "701", "702", "703"]
    ran = livn_here("mea", "k", "--layout", "probeinterface", "--path", "p.json", "--well", "A1")
    assert ran.code == 2


@pytest.mark.parametrize(
    ("names", "word"), [(["A1", "B2"], "B2"), (["A", "A"], "1"), ([None, None], "1"), (["7", "1"], "1")]
)  # fmt: skip
def test_one_probe_of_a_file_of_several(livn_here, tmp_path, names, word):
    """Wells of a plate as probes of a group: all lie at one place unless one is chosen."""
    probeinterface = pytest.importorskip("probeinterface")
    group = probeinterface.ProbeGroup()
    for number, name in enumerate(names):
        probe = probeinterface.Probe(ndim=2, si_units="um")
        probe.set_contacts(positions=[[100.0, 200.0], [100.0, 230.0], [140.0, 200.0 + number]])
        probe.set_contact_ids([f"{number}{letter}" for letter in "abc"])
        if name is not None:
            probe.annotate(name=name)
        group.add_probe(probe)
    probeinterface.write_probeinterface(tmp_path / "plate.json", group)
    assert livn_here("generate", "--total-cells", "20", "-o", "k").code == 0
    words = ("mea", "k", "--layout", "probeinterface", "--path", "plate.json", "--no-centred")
    assert livn_here(*words, "--well", word).code == 0
    mea = json.loads((tmp_path / "k" / "mea.json").read_text())
    assert [row[1:3] for row in mea["electrode_coordinates"]] == [
        [100, 200],
        [100, 230],
        [140, 201],
    ]
    ran = livn_here(*words, "--well", "Z9")
    assert ran.code == 2
    assert "choose one with --well: " in ran.err
    assert word in ran.err.partition("choose one with --well: ")[2]
