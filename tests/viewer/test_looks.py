"""How a page looks in a browser, and that the keyboard does what the mouse does."""

from __future__ import annotations

import io

import numpy as np
import pytest
from browsing import assert_quiet, check, near, pixels, press, settle, until

from livn_core import generate
from livn_core.plotting.palette import SECTIONS

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select


def _dark(browser, on):
    scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def _colours(browser, population=0):
    script = "return [...livn.parts.cells[arguments[0]].geometry.attributes.colour.array]"
    return np.array(browser.execute_script(script, population)).reshape(-1, 4)[:, :3]


def _bytes(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.fixture(scope="module")
def fifteen(tmp_path_factory):
    """A row of 15 cells 100 um apart, each of its own population."""
    from drawn_systems import write_system

    names = [f"P{number:02d}" for number in range(15)]
    kinds = {name: "excitatory" if name < "P08" else "inhibitory" for name in names}
    positions = {name: np.array([[100.0 * int(name[1:]), 0, 0]]) for name in names}
    edges = {(name, "P00"): (np.array([0]), np.array([0])) for name in names[1:]}
    return write_system(tmp_path_factory.mktemp("many") / "many", positions, edges, kinds=kinds)


def test_fifteen_populations_look_different(open_page, fifteen):
    browser = open_page(fifteen)
    check(browser, "#show-lines")
    check(browser, "#show-bounds")
    picture = pixels(browser)
    seen = []
    for number in range(15):
        place = browser.execute_script("return livn.pointing.project(arguments[0])", number)
        x, y = round(place["x"]), round(place["y"])
        inked = np.abs(picture[y - 6 : y + 7, x - 6 : x + 7] - 255).sum(axis=2) > 120
        assert inked[6, 6]
        seen.append((inked, picture[y, x]))
    for number, (shape, colour) in enumerate(seen):
        for other_shape, other_colour in seen[:number]:
            apart = np.abs(colour - other_colour).sum() > 60
            assert apart or np.count_nonzero(shape != other_shape) > 8
    # The first excitatory and the last of that colour family differ by shape alone in grey, too.
    swatches = browser.find_elements(By.CSS_SELECTOR, "#populations .swatch")
    assert len({s.value_of_css_property("clip-path") for s in swatches}) >= 14


def test_lines_lie_below_cells(open_page, fifteen):
    browser = open_page(fifteen)
    # All 14 connections run along the row, through every cell between.
    place = browser.execute_script("return livn.pointing.project(4)")
    middle = pixels(browser)[round(place["y"]), round(place["x"])]
    colour = _bytes(browser.execute_script("return livn.meta.populations[4].colour"))
    assert np.abs(middle - colour).sum() < 12


def test_cells_are_coloured_by_a_variable_with_a_legend(open_page, drawn_culture, tmp_path):
    browser = open_page(drawn_culture)
    plain = _colours(browser)
    assert (plain == _bytes("#D55E00")).all()
    chosen = Select(browser.find_element(By.ID, "colour"))
    assert [o.text for o in chosen.options] == ["population", "in-degree", "out-degree"]
    chosen.select_by_visible_text("out-degree")
    settle(browser)
    degrees = np.array(browser.execute_script("return [...livn.system.outDegrees]"))
    colours = _colours(browser)
    assert (colours[degrees[:80] == degrees.max()] == _bytes("#fde725")).all()
    assert (colours[degrees[:80] == degrees.min()] == _bytes("#440154")).all()
    legend = browser.find_elements(By.CSS_SELECTOR, "#legend .name")
    assert [legend[0].text, legend[-1].text] == [str(degrees.min()), str(degrees.max())]
    # Lines have no colour of a population then: it would be read as one of the variable's.
    for marks in ("electrodes", "bounds"):
        check(browser, f"#show-{marks}")
    for number in (0, 1):
        browser.execute_script(
            "livn.parts.cells[arguments[0]].visible = false; livn.refresh()", number
        )
    settle(browser)
    lines = pixels(browser)
    drawn = lines.min(axis=2) < 200
    assert np.count_nonzero(drawn) > 100
    assert np.ptp(lines[drawn], axis=1).max() <= 2
    for number in (0, 1):
        browser.execute_script(
            "livn.parts.cells[arguments[0]].visible = true; livn.refresh()", number
        )
    chosen.select_by_visible_text("population")
    settle(browser)
    assert np.array_equal(_colours(browser), plain)
    assert browser.find_elements(By.CSS_SELECTOR, "#legend .name") == []

    system = generate(
        total_cells=80,
        area="modules",
        connectivity={"mean_degree": 2},
        output_directory=tmp_path / "modular",
    )
    browser = open_page(system)
    Select(browser.find_element(By.ID, "colour")).select_by_visible_text("module")
    settle(browser)
    legend = browser.find_elements(By.CSS_SELECTOR, "#legend .name")
    assert [row.text for row in legend] == ["A1", "A2", "B1", "B2"]
    modules = system.attributes("EXC", "Culture")["module"]
    colours = _colours(browser)
    for module in range(4):
        assert len(np.unique(colours[modules == module], axis=0)) == 1
    assert len(np.unique(colours, axis=0)) == 4
    # The outlines of the four modules are drawn, and can be put away.
    segments = "return livn.parts.bounds.children[0].geometry.attributes.position.count / 2"
    assert browser.execute_script(segments) == 16
    check(browser, "#show-lines")
    drawn = np.count_nonzero(pixels(browser).sum(axis=2) < 720)
    check(browser, "#show-bounds")
    assert np.count_nonzero(pixels(browser).sum(axis=2) < 720) < drawn - 400
    assert_quiet(browser)


def test_twenty_four_modules_are_told_apart(open_page, tmp_path):
    system = generate(
        total_cells=240,
        area="modules",
        area_kwargs={"rows": 4, "columns": 6, "side": 100, "gap": 20},
        connectivity={"mean_degree": 2},
        output_directory=tmp_path / "many",
    )
    browser = open_page(system)
    Select(browser.find_element(By.ID, "colour")).select_by_visible_text("module")
    settle(browser)
    colours, grid = _colours(browser), np.zeros((4, 6, 3))
    for module in range(24):
        mine = colours[system.attributes("EXC", "Culture")["module"] == module]
        (grid[divmod(module, 6)],) = np.unique(mine, axis=0)
    # Sixteen colours: those of neighbours differ, and each is the one that the legend shows.
    assert (grid[1:] != grid[:-1]).any(axis=2).all()
    assert (grid[:, 1:] != grid[:, :-1]).any(axis=2).all()
    legend = browser.find_elements(By.CSS_SELECTOR, "#legend .row")
    assert [row.text for row in legend[5:7]] == ["A6", "B1"]
    assert legend[-1].text == "Colours come again: point at a cell."
    shown = [row.find_element(By.CLASS_NAME, "swatch") for row in legend[:24]]
    asked = [e.get_attribute("style").split("--colour:")[1].strip(" ;") for e in shown]
    assert np.array_equal([_bytes(colour) for colour in asked], grid.reshape(-1, 3))
    # Whatever its colour, a cell says of which module it is.
    browser.execute_script("livn.cameras.zoomTo(livn.system.positions, 9, [])")
    press(browser, "-")
    module = system.attributes("EXC", "Culture")["module"][9]
    tip = browser.find_element(By.ID, "tip").text
    assert tip.startswith(f"EXC, gid 9, module {'ABCD'[module // 6]}{module % 6 + 1}: in-degree")
    assert_quiet(browser)


def test_layers_and_pieces_of_morphology_have_legends(open_page, drawn_layers):
    browser = open_page(drawn_layers)
    Select(browser.find_element(By.ID, "colour")).select_by_visible_text("layer")
    legend = browser.find_elements(By.CSS_SELECTOR, "#legend .name")
    assert [row.text for row in legend] == ["SO", "SP", "SR"]
    sections = browser.execute_script("return livn.meta.trees.sections")
    shown = browser.find_elements(By.CSS_SELECTOR, "#switches .section")
    assert [row.text for row in shown] == [section["name"] for section in sections.values()]
    for kind, section in sections.items():
        assert section["colour"] == SECTIONS[int(kind)][1]
    lines = browser.execute_script(
        "const a = livn.parts.shapes.children[0].geometry.attributes.colour;return [...a.array]"
    )
    drawn = {tuple(colour) for colour in np.array(lines).reshape(-1, 3).tolist()}
    assert drawn <= {tuple(_bytes(section["colour"])) for section in sections.values()}


def test_the_page_is_dark_where_the_reader_wants_it(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    light = pixels(browser)
    try:
        _dark(browser, True)
        until(browser, "return matchMedia('(prefers-color-scheme: dark)').matches")
        settle(browser)
        dark = pixels(browser)
        panel = browser.find_element(By.ID, "panel")
        assert panel.value_of_css_property("background-color") == "rgba(29, 33, 38, 1)"
        assert panel.value_of_css_property("color") == "rgba(236, 236, 236, 1)"
    finally:
        _dark(browser, False)
    assert light[2, 2].tolist() == [255, 255, 255]
    assert dark[2, 2].tolist() == [0x15, 0x18, 0x1C]
    # Cells are lighter than on paper, electrodes and their reach light instead of dark.
    lifted = [round(v + 0.3 * (255 - v)) for v in _bytes("#D55E00")]
    assert near(dark, "#{:02x}{:02x}{:02x}".format(*lifted)) > 500
    place = browser.execute_script("return livn.pointing.project(1, livn.system.electrodes)")
    assert dark[round(place["y"]), round(place["x"])].tolist() == [0xEC] * 3
    settle(browser)
    assert np.array_equal(pixels(browser), light)


def test_the_keyboard_does_what_the_mouse_does(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    target = "const t = livn.cameras.controls().target; return [t.x, t.y]"
    zoom = "return livn.cameras.zoom()"
    canvas = browser.find_element(By.CSS_SELECTOR, "#stage canvas")
    assert canvas.get_attribute("role") == "application"
    keys = browser.find_element(By.ID, canvas.get_attribute("aria-describedby"))
    assert "Enter" in keys.text
    before = browser.execute_script(target)
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_UP)
    assert browser.find_element(By.ID, "cross").is_displayed()
    after = browser.execute_script(target)
    assert after[0] > before[0]
    assert after[1] > before[1]
    press(browser, "+", "+", "+")
    assert browser.execute_script(zoom) == pytest.approx(1.25**3)
    press(browser, "-")
    assert browser.execute_script(zoom) == pytest.approx(1.25**2)
    press(browser, "0")
    assert browser.execute_script(zoom) == 1
    assert browser.execute_script(target) == pytest.approx(before)
    # Enter chooses what the tip names: the cell at the cross.
    browser.execute_script("livn.cameras.zoomTo(livn.system.positions, 9, [])")
    press(browser, "-")
    assert "gid 9:" in browser.find_element(By.ID, "tip").text
    press(browser, Keys.ENTER)
    assert browser.execute_script("return livn.state.selected") == 9
    press(browser, Keys.ESCAPE)
    assert browser.execute_script("return livn.state.selected") == -1
    browser.execute_script("livn.cameras.zoomTo(livn.system.electrodes, 2, [])")
    press(browser, Keys.ENTER)
    assert browser.execute_script("return livn.state.electrode") == 2
    press(browser, Keys.ESCAPE)
    # In space Shift and arrows turn: the camera moves, what it looks at does not.
    check(browser, "#view-3d")
    place = "const p = livn.cameras.camera().position; return [p.x, p.y, p.z]"
    looked, stood = browser.execute_script(target), browser.execute_script(place)
    press(browser, Keys.ARROW_LEFT, shift=True)
    assert browser.execute_script(target) == pytest.approx(looked)
    moved = np.linalg.norm(np.subtract(browser.execute_script(place), stood))
    assert moved > 0.02 * np.linalg.norm(np.subtract(stood[:2], looked))
    # Everything else is a button, a box or a field with a name.
    script = """return [...document.querySelectorAll("button, input, select")].filter((e) =>
        e.tabIndex < 0 || !(e.textContent || e.labels.length && e.labels[0].textContent)).length"""
    assert browser.execute_script(script) == 0
    assert_quiet(browser)


def test_a_png_of_the_view(open_page, drawn_culture, tmp_path):
    image = pytest.importorskip("PIL.Image")
    browser = open_page(drawn_culture, title="A/B culture")
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    # While the view moves slowly it shows some of the cells: a picture has all of them.
    browser.execute_script("livn.setDetail(0.02); document.querySelector('#save').click();")
    until(
        browser, "return document.getElementById('said').textContent === 'A-B-culture.png is saved'"
    )
    for _ in range(100):
        if (tmp_path / "A-B-culture.png").exists():
            break
        settle(browser)
    saved = np.asarray(
        image.open(io.BytesIO((tmp_path / "A-B-culture.png").read_bytes())).convert("RGB")
    ).astype(int)
    shown = pixels(browser)
    assert saved.shape == (2 * shown.shape[0], 2 * shown.shape[1], 3)
    for colour in ("#D55E00", "#0072B2"):
        assert near(saved, colour) == pytest.approx(4 * near(shown, colour), rel=0.25)
    # The title and the legend stand at the upper left, the scale bar at the lower left.
    assert np.count_nonzero(saved[:60, :300].sum(axis=2) < 300) > 100
    bar = saved[-80:-60, 30:300].sum(axis=2) < 150
    assert bar.any(axis=0).sum() > 60
