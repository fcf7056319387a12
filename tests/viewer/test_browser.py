"""The page in a real browser: clicks, keys, pictures, and no trace of a network."""

from __future__ import annotations

import json

import numpy as np
import pytest
from browsing import assert_quiet, check, near, pixels, point, settle, until

from livn_core import generate
from livn_core.system.mea import write_mea
from livn_core.system.reader import System

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

#: The cells that are lit, by what they are: 1 input, 2 output, 3 both, 4 chosen.
LIT = """return livn.parts.lit.children.flatMap((points) => {
  const a = points.geometry.attributes.position.array, p = livn.system.positions;
  return Array.from({ length: a.length / 3 }, (_, k) => [points.material.uniforms.role.value,
    Array.from({ length: livn.system.count }, (_, i) => i).find((i) =>
      p[i * 3] === a[k * 3] && p[i * 3 + 1] === a[k * 3 + 1] && p[i * 3 + 2] === a[k * 3 + 2])]);
})"""
#: How many lines the chosen cell's outputs and inputs have, and whether they are dashed.
LINES = """return livn.parts.chosen.children.slice(0, 2).map((lines) =>
  [lines.geometry.attributes.position.count / 2, lines.material.uniforms.dash.value > 0])"""


def _lit(browser):
    found = {1: set(), 2: set(), 3: set(), 4: set()}
    for role, index in browser.execute_script(LIT):
        found[role].add(index)
    return found


def test_a_click_shows_a_cells_partners(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    system = System(drawn_culture)
    incoming = {
        int(i) + system.population(name).start
        for name, slab in system.incoming(7).items()
        for i in slab.sources
    }
    outgoing = {
        int(i) + system.population(name).start
        for name, slab in system.outgoing(7).items()
        for i in slab.targets
    }
    before = pixels(browser)
    assert near(before, "#D55E00") > 500
    assert near(before, "#0072B2") > 100
    point(browser, 7, click=True)
    until(browser, "return livn.state.selected === 7")
    words = browser.find_element(By.ID, "chosen").text
    received, sent = (
        sum(len(s) for s in found.values()) for found in (system.incoming(7), system.outgoing(7))
    )
    assert "EXC, gid 7" in words
    assert f"inputs: {received}" in words
    assert f"outputs: {sent}" in words
    said = browser.find_element(By.ID, "said")
    assert said.get_attribute("role") == "status"
    assert said.get_attribute("textContent") == f"EXC, gid 7: {received} inputs, {sent} outputs"
    # Inputs, outputs and what is both look different, and so do their lines.
    assert _lit(browser) == {
        1: incoming - outgoing,
        2: outgoing - incoming,
        3: incoming & outgoing,
        4: {7},
    }
    assert browser.execute_script(LINES) == [[len(outgoing), False], [len(incoming), True]]
    settle(browser)
    # The other cells have gone pale.
    assert near(pixels(browser), "#D55E00") < near(before, "#D55E00")
    check(browser, "#show-inputs")
    assert browser.execute_script(LINES) == [[len(outgoing), False], [0, True]]
    assert _lit(browser)[1] == set()
    check(browser, "#show-inputs")
    browser.find_element(By.CSS_SELECTOR, "#chosen button.gid").click()
    until(browser, "return livn.state.selected === arguments[0]", min(incoming))
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    until(browser, "return livn.state.selected === -1")
    assert_quiet(browser)


def test_pointing_says_gid_and_degrees(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    system = System(drawn_culture)
    point(browser, 85)
    until(browser, "return !document.getElementById('tip').hidden")
    degree = sum(len(s) for s in system.incoming(85).values())
    sent = sum(len(s) for s in system.outgoing(85).values())
    tip = browser.find_element(By.ID, "tip").text
    assert tip == f"INH, gid 85: in-degree {degree}, out-degree {sent}"
    assert browser.find_element(By.ID, "tip").get_attribute("role") == "status"


def test_a_click_on_an_electrode_lights_what_it_reaches(open_page, make_culture):
    path = make_culture()
    document = {"version": 1, "layout": "plate", "labels": ["A1", "B1", "A2", "B2"]}
    (path / "mea_labels.json").write_text(json.dumps(document))
    browser = open_page(path)
    system = System(path)
    positions = np.concatenate([system.positions(p.name) for p in system.populations])
    row = system.mea["electrode_coordinates"][1]
    distance = np.linalg.norm(positions.astype(float) - row[1:], axis=1)
    stimulated = set(np.flatnonzero(distance <= system.mea["input_radius"]).tolist())
    recorded = set(np.flatnonzero(distance <= system.mea["output_radius"]).tolist())
    assert stimulated < recorded
    point(browser, 1, "electrodes")
    until(browser, "return document.getElementById('tip').textContent === 'electrode B1'")
    point(browser, 1, "electrodes", click=True)
    until(browser, "return livn.state.electrode === 1")
    words = browser.find_element(By.ID, "chosen").text
    assert "electrode B1" in words
    assert f"): {len(stimulated)}\n" in words
    buttons = browser.find_elements(By.CSS_SELECTOR, "#chosen section:last-child button.gid")
    assert {int(button.text) for button in buttons} == recorded
    lit = _lit(browser)
    assert (lit[2], lit[3]) == (recorded - stimulated, stimulated)
    said = browser.find_element(By.ID, "said").get_attribute("textContent")
    assert said == f"electrode B1: records {len(recorded)} cells, stimulates {len(stimulated)}"
    field = browser.find_element(By.ID, "electrode")
    field.send_keys("A2", Keys.ENTER)
    until(browser, "return livn.state.electrode === 2")
    field.clear()
    field.send_keys("C9", Keys.ENTER)
    until(browser, "return livn.state.electrode === -1")
    assert "No electrode" in browser.find_element(By.ID, "chosen").text


def test_the_reach_of_many_electrodes_is_made_when_it_is_asked_for(open_page, tmp_path):
    few = {"mean_degree": 1}
    system = generate(total_cells=50, connectivity=few, output_directory=tmp_path / "net")
    write_mea(system, "grid", {"pitch": 250})
    browser = open_page(tmp_path / "net")
    circles = "return livn.parts.radii.children.map((c) => c.geometry.index.count / 2)"
    assert browser.execute_script("return livn.meta.electrodes.count") == 256
    assert browser.execute_script(circles) == []
    check(browser, "#show-lines")
    before = pixels(browser)
    check(browser, "#show-reach")
    assert browser.execute_script(circles) == [256 * 24] * 2
    changed = (np.abs(pixels(browser) - before).sum(axis=2) > 60).astype(int)
    centre = browser.execute_script("return livn.pointing.project(100, livn.system.electrodes)")
    radius = 80 / browser.execute_script("return livn.cameras.perPixel()")
    # Along the whole circle a line runs within a pixel, at its corners and between.
    for angle in np.arange(96) * 2 * np.pi / 96:
        x, y = centre["x"] + radius * np.cos(angle), centre["y"] + radius * np.sin(angle)
        assert changed[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].any()
    # The cells' partners wait in the page until the first picture is there, or are asked for.
    until(browser, "return document.getElementById('data-edge-sources') === null")
    browser.execute_script("livn.pointing.selectElectrode(100)")
    chosen = "return livn.parts.chosen.children.map((c) => c.geometry.index.count / 2)"
    assert browser.execute_script(chosen) == [48, 48]
    assert_quiet(browser)


def test_a_population_takes_its_lines_with_it(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    ends = """const lines = livn.parts.lines.children[0].geometry.attributes;
        const c = lines.colour.array, n = lines.position.count;
        return [n / 2, new Set(Array.from({ length: n }, (_, k) => c.slice(k * 3, k * 3 + 3).join())).size]"""
    system = System(drawn_culture)
    pairs = {
        (source, target): len({*zip(slab.sources.tolist(), slab.targets.tolist(), strict=True)})
        for source, target in system.projections
        for slab in system.edges(source, target, columns=())
    }
    drawn, colours = browser.execute_script(ends)
    assert colours == 2
    assert drawn == min(1000, sum(pairs.values())) or drawn < 1000
    check(browser, "input[data-population=INH]")
    inside, colours = browser.execute_script(ends)
    assert 0 < inside < drawn
    assert colours == 1
    assert near(pixels(browser), "#0072B2") == 0
    # Of a chosen cell, too: only partners that are shown have lines.
    browser.execute_script("livn.pointing.select(7)")
    shown = {int(i) for i in system.incoming(7)["EXC"].sources}
    assert browser.execute_script(LINES)[1] == [len(shown), True]
    check(browser, "input[data-population=EXC]")
    assert browser.execute_script("return livn.state.selected") == -1
    assert browser.execute_script(ends)[0] == 0


def test_populations_electrodes_and_gids(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    check(browser, "input[data-population=EXC]")
    check(browser, "#show-lines")
    assert near(pixels(browser), "#D55E00") == 0
    assert near(pixels(browser), "#0072B2") > 100
    # A cell that is not shown cannot be clicked.
    assert browser.execute_script(
        "const p = livn.pointing.project(7); return livn.pointing.pick(p.x, p.y).cell"
    ) in {-1, *range(80, 100)}
    dark = np.count_nonzero(pixels(browser).sum(axis=2) < 600)
    check(browser, "#show-reach")
    assert np.count_nonzero(pixels(browser).sum(axis=2) < 600) < dark
    field = browser.find_element(By.ID, "gid")
    field.send_keys("93", Keys.ENTER)
    until(browser, "return livn.state.selected === 93")
    browser.find_element(By.ID, "closer").click()
    place = browser.execute_script(
        "const p = livn.pointing.project(93); return [p.x / livn.stage.clientWidth, "
        "p.y / livn.stage.clientHeight]"
    )
    assert place == pytest.approx([0.5, 0.5], abs=0.01)
    field.clear()
    field.send_keys("100", Keys.ENTER)
    until(browser, "return livn.state.selected === -1")
    assert "No cell" in browser.find_element(By.ID, "chosen").text


def test_layered_systems_open_in_space_with_morphologies(open_page, drawn_layers):
    browser = open_page(drawn_layers)
    assert browser.execute_script("return livn.state.view") == "3d"
    assert near(pixels(browser), "#D55E00", 90) > 20
    assert browser.execute_script("return livn.parts.shapes.children.length") == 9
    point(browser, 5, click=True)
    until(browser, "return livn.state.selected >= 0")
    assert browser.execute_script("return livn.parts.chosen.children.length") == 3
    check(browser, "#view-side")
    names = [e.text for e in browser.find_elements(By.CSS_SELECTOR, ".layer") if e.is_displayed()]
    assert set(names) <= {"SO", "SP", "SR"}
    assert names
    # In the side view depth points up.
    high, low = browser.execute_script(
        "const v = (z) => { const p = new livn.scene.position.constructor(30, 30, z);"
        "return p.project(livn.cameras.camera()).y; }; return [v(90), v(0)];"
    )
    assert high > low
    assert_quiet(browser)


def test_hostile_names_are_text(open_page, make_system):
    bad = "</script><script>window.hacked = 1</script>"
    name = "<img src=x onerror='window.hacked=1'>"
    layers = {bad: [[0, 0, 0], [9, 9, 9]], "b": [[0, 0, 9], [9, 9, 18]]}
    positions = {name: np.array([[1, 1, 1], [8, 8, 8.0]])}
    edges = {(name, name): (np.array([0]), np.array([1]))}
    browser = open_page(make_system(positions, edges, layers=layers), title=bad)
    browser.execute_script("livn.pointing.select(0)")
    assert browser.execute_script("return window.hacked") is None
    # One thing is named in the singular, here and in what is read aloud.
    assert browser.find_element(By.ID, "summary").text == "2 cells, 1 connection"
    said = browser.find_element(By.ID, "said").get_attribute("textContent")
    assert said.endswith(": 0 inputs, 1 output")
    assert browser.find_element(By.ID, "title").text == bad
    assert name in browser.find_element(By.ID, "populations").text
    assert name in browser.find_element(By.ID, "chosen").text
    assert_quiet(browser)


def test_what_todays_tools_made_opens(open_page, reference):
    browser = open_page(reference("3d_S1"), max_edges=20_000)
    browser.execute_script("livn.pointing.select(1)")
    words = browser.find_element(By.ID, "chosen").text
    assert "are in this page" in words
    assert "20,000 of 267,178 connections" in browser.find_element(By.ID, "notes").text
    assert_quiet(browser)


def test_where_drawing_is_slow_movement_shows_a_sample(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    ranges = "return livn.parts.cells.map((points) => points.geometry.drawRange.count)"
    order = browser.execute_script("return [...livn.parts.cells[0].userData.order.array]")
    assert sorted(order) == list(range(80))
    assert order != list(range(80))
    seen = browser.execute_async_script(
        "const done = arguments[0], seen = []; let n = 0;"
        "const step = () => { livn.state.cost = 300; livn.refresh();"
        "livn.state.drawn = performance.now();"  # a frame of a busy machine comes late
        "seen.push(livn.parts.cells.map((p) => p.geometry.drawRange.count));"
        "if (++n < 10) requestAnimationFrame(step); else done(seen); }; step();"
    )
    assert [8, 2] in seen
    until(browser, "return livn.state.detail === 1")
    assert browser.execute_script(ranges) == [80, 20]


def test_axons_go_with_their_population_and_their_switch(open_page, tmp_path):
    document = {
        "total_cells": 40,
        "populations": {"EXC": {"ratio": 0.5}, "INH": {"ratio": 0.5}},
        "connectivity": {"rule": "axon", "amplitude": 0.01},
    }
    generate(document, output_directory=tmp_path / "net")
    browser = open_page(tmp_path / "net")
    shown = (
        "return livn.parts.axons.visible && livn.parts.axons.children.map((each) => each.visible)"
    )
    assert browser.execute_script(shown) == [True, True]
    assert not browser.find_element(By.ID, "show-lines").is_selected()
    assert "axons (all of 40)" in browser.find_element(By.ID, "switches").text
    check(browser, "[data-population=INH]")
    assert browser.execute_script(shown) == [True, False]
    browser.execute_script("livn.pointing.select(3)")
    settle(browser)
    assert browser.execute_script(shown) is False
    browser.execute_script("livn.pointing.select(-1)")
    check(browser, "#show-axons")
    assert browser.execute_script(shown) is False
    assert_quiet(browser)
