"""The older grammar, on the same code."""

from __future__ import annotations

import json

import pytest

from livn_core import System, generate, get
from livn_core.errors import ComponentNotFoundError


def test_launch_then_mea(livn, livn_here, tmp_path):
    words = ("systems", "generate_2d", "output_directory=./my_system")
    ran = livn(*words, "total_cells=50", "--launch")
    assert ran.code == 0, ran.err
    assert sum(p.count for p in System(tmp_path / "my_system").populations) == 50
    ran = livn_here(*words, "--mea")
    assert ran.code == 0, ran.err
    mea = json.loads((tmp_path / "my_system" / "mea.json").read_text())
    assert mea["input_radius"] == 50
    assert mea["output_radius"] == 80
    assert len(mea["electrode_coordinates"]) == 256  # 4000 um at a pitch of 200: 16 x 16


def test_dotted_names_and_json_words(livn, tmp_path):
    ran = livn(
        *("systems", "generate_2d", "total_cells=50", 'area_kwargs={"radius": 300}'),
        *("area=systems.generate_2d.disk", "output_directory=x", "--launch", "--mea"),
    )
    assert ran.code == 0, ran.err
    system = System(tmp_path / "x")
    assert abs(system.positions("EXC")[:, :2]).max() <= 300
    assert system.mea is not None
    assert "Add electrodes" not in ran.out


def test_without_a_step_nothing_is_made(livn_here, tmp_path):
    ran = livn_here("systems", "generate_2d", "total_cells=50", "output_directory=x")
    assert ran.code == 0
    assert "--launch" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("generate_2d", "total_cells=50", "--lanch"), "--launch"),
        (("generate_3d", "--launch"), "generate_2d"),
        (("generate_2d", "total_cell=50", "output_directory=x", "--launch"), "total_cells"),
        (("generate_2d", "output_directory=absent", "--mea"), "absent"),
        (("generate_2d", "total_cells", "--launch"), "total_cells"),
        (("generate_2d", "area=systems.generate_2d.dsk", "--launch"), "systems.generate_2d.disk"),
    ],
)
def test_mistakes_are_sentences(livn_here, words, says):
    ran = livn_here("systems", *words)
    assert ran.code == 2, (ran.out, ran.err)
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_python_get(tmp_path):
    generated = get(
        "generate_2d",
        {
            "total_cells": 50,
            "populations": {
                "EXC": {"ratio": 0.5, "synapse_type": "excitatory"},
                "INH": {"ratio": 0.5, "synapse_type": "inhibitory"},
            },
            "connectivity": {"mean_degree": 4},
            "output_directory": str(tmp_path / "my_system"),
        },
    ).launch()
    assert [p.count for p in generated.system.populations] == [25, 25]
    assert generated.mea(pitch=1000) is generated
    assert len(System(tmp_path / "my_system").mea["electrode_coordinates"]) == 16


def test_get_knows_the_generators():
    with pytest.raises(ComponentNotFoundError, match="generate_2d"):
        get("generate_2", {})


def test_help_is_of_words_alone(livn_here):
    assert "\\b" not in livn_here("systems", "--help").out


def test_warnings_name_the_callers_line(tmp_path):
    with pytest.warns(UserWarning, match="cannot be reached") as caught:
        generate(total_cells=10, output_directory=tmp_path / "out")
    assert {warning.filename for warning in caught} == {__file__}


def test_later_steps_take_no_system_of_another_configuration(livn_here, tmp_path):
    first = ("systems", "generate_2d", "total_cells=30", "output_directory=d")
    assert livn_here(*first, "--launch").code == 0
    for step in ("--mea", "--plot", "--export"):
        ran = livn_here("systems", "generate_2d", "total_cells=31", "output_directory=d", step)
        assert ran.code == 2
        assert "its total_cells is 30, not 31" in ran.err
    assert not (tmp_path / "d" / "mea.json").exists()
    ran = livn_here(*first, "--mea", "self=3")
    assert ran.code == 2
    assert "self: unknown key" in ran.err
    assert livn_here(*first, "--mea").code == 0
    # What is not said is not compared.
    assert livn_here("systems", "generate_2d", "output_directory=d", "--plot").code == 0


def test_a_layered_system_is_known_again(livn_here, tmp_path):
    assert livn_here("systems", "generate", "config=S1", "--launch").code == 0
    assert livn_here("systems", "generate", "config=systems/config/S1.yml", "--mea").code == 0
    ran = livn_here("systems", "generate", "config=S2", "--export")
    assert ran.code == 2
    wanted = "another configuration: its Geometry.Cell Distribution.EXC.SP is 7, not 80"
    assert wanted in ran.err
    assert not (tmp_path / "systems").exists()


def test_the_whole_of_livns_python_grammar(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    culture = get("systems.generate_2d", {"total_cells": 30, "output_directory": "d"})
    assert not culture.generated()
    assert culture.config["total_cells"] == 30
    culture.launch().mea("grid", pitch=900).lightarray()
    before = (tmp_path / "d" / "mea.json").read_text()
    culture.mea("grid", pitch=500, overwrite=False)
    assert (tmp_path / "d" / "mea.json").read_text() == before
    culture.plot(filename="d.png")
    assert (tmp_path / "d.png").stat().st_size
    assert (tmp_path / "d" / "lightarray.json").is_file()
    assert culture.generated()


def test_ranks_by_any_launchers_name(livn_here):
    pytest.importorskip("mpi4py")
    for words in ('{"-n": 2}', '{"--ntasks": 2, "-t": "1:00"}', '{"-np": 2}'):
        ran = livn_here(
            *("systems", "mpi", "systems.generate_2d", "total_cells=40", f"**resources={words}"),
            "--dry-run",
        )
        assert ran.code == 0, ran.err
        assert " -n 2 " in ran.out
    ran = livn_here("generate", "--backend", "mpi", "--resources", '{"-n": "two"}', "--dry-run")
    assert ran.code == 2
    assert "no number of ranks: {'-n': 'two'}" in ran.err
