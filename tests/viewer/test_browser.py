"""The page in a real browser: clicks, keys, pictures, and no trace of a network."""

from __future__ import annotations

import io
import json
import time

import numpy as np
import pytest

from livn_core.system.reader import System
from livn_core.viewer import write_page

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


@pytest.fixture(scope="module")
def open_page(browser, tmp_path_factory):
    """Write a system's page and open it."""

    def opened(system, **options):
        path = tmp_path_factory.mktemp("pages") / "page.html"
        write_page(system, path, **options)
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(path.as_uri())
        _until(browser, "return Boolean(window.livn) && livn.state.frames > 0")
        return browser

    return opened


def _until(browser, script, *values):
    for _ in range(200):
        if browser.execute_script(script, *values):
            return
        time.sleep(0.05)
    raise AssertionError(f"never came true: {script}")


def _click(browser, index):
    """Click where a cell is on the screen, with the mouse."""
    place = browser.execute_script("return livn.pointing.project(arguments[0])", index)
    canvas = browser.find_element(By.CSS_SELECTOR, "#stage canvas")
    size = canvas.size
    ActionChains(browser, duration=20).move_to_element_with_offset(
        canvas, round(place["x"] - size["width"] / 2), round(place["y"] - size["height"] / 2)
    ).click().perform()


def _pixels(browser):
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(browser.get_screenshot_as_png()))
    width = browser.execute_script("return livn.stage.clientWidth")
    return np.asarray(image.convert("RGB"))[:, :width].astype(int)


def _near(pixels, colour, within=40):
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int(np.count_nonzero(np.abs(pixels - wanted).sum(axis=2) < within))


def _assert_quiet(browser):
    assert browser.get_log("browser") == []
    asked = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    assert len(asked) == 1
    assert asked[0].startswith("file://")


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
    before = _pixels(browser)
    assert _near(before, "#D55E00") > 500
    assert _near(before, "#0072B2") > 100
    _click(browser, 7)
    _until(browser, "return livn.state.selected === 7")
    words = browser.find_element(By.ID, "cell").text
    assert "EXC, gid 7" in words
    assert f"INPUTS: {sum(len(s) for s in system.incoming(7).values())}" in words.upper()
    assert f"OUTPUTS: {sum(len(s) for s in system.outgoing(7).values())}" in words.upper()
    marked = browser.execute_script(
        "return livn.parts.cells.flatMap((points, n) => "
        "[...points.geometry.attributes.state.array].map((s, i) => "
        "[s, i + livn.meta.populations[n].first])).filter(([s]) => s === 1).map(([s, i]) => i)"
    )
    assert set(marked) == (incoming | outgoing) - {7}
    lines = browser.execute_script(
        "return livn.parts.chosen.children[0].geometry.attributes.position.count / 2"
    )
    assert lines == len(incoming) + len(outgoing)
    time.sleep(0.3)
    # The other cells have gone pale.
    assert _near(_pixels(browser), "#D55E00") < _near(before, "#D55E00")
    browser.find_element(By.ID, "show-inputs").click()
    lines = browser.execute_script(
        "return livn.parts.chosen.children[0].geometry.attributes.position.count / 2"
    )
    assert lines == len(outgoing)
    browser.find_element(By.ID, "show-inputs").click()
    browser.find_element(By.CSS_SELECTOR, "#cell button.gid").click()
    _until(browser, "return livn.state.selected === arguments[0]", min(incoming))
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    _until(browser, "return livn.state.selected === -1")
    _assert_quiet(browser)


def test_pointing_says_gid_and_degrees(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    system = System(drawn_culture)
    place = browser.execute_script("return livn.pointing.project(85)")
    canvas = browser.find_element(By.CSS_SELECTOR, "#stage canvas")
    ActionChains(browser, duration=20).move_to_element_with_offset(
        canvas,
        round(place["x"] - canvas.size["width"] / 2),
        round(place["y"] - canvas.size["height"] / 2),
    ).perform()
    _until(browser, "return !document.getElementById('tip').hidden")
    degree = sum(len(s) for s in system.incoming(85).values())
    sent = sum(len(s) for s in system.outgoing(85).values())
    tip = browser.find_element(By.ID, "tip").text
    assert tip == f"INH, gid 85: in-degree {degree}, out-degree {sent}"
    # With the cells out of the way the electrodes can be pointed at.
    for box in browser.find_elements(By.CSS_SELECTOR, "#populations input"):
        box.click()
    width, height = canvas.size["width"], canvas.size["height"]
    place = browser.execute_script(
        "const p = new livn.scene.position.constructor(750, 250, 5).project(livn.cameras.camera());"
        "return [p.x / 2, -p.y / 2];"
    )
    ActionChains(browser, duration=20).move_to_element_with_offset(
        canvas, round(place[0] * width), round(place[1] * height)
    ).perform()
    _until(browser, "return document.getElementById('tip').textContent === 'electrode 1'")


def test_populations_electrodes_and_gids(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    browser.find_element(By.CSS_SELECTOR, "input[data-population=EXC]").click()
    browser.find_element(By.ID, "show-lines").click()
    time.sleep(0.3)
    assert _near(_pixels(browser), "#D55E00") == 0
    assert _near(_pixels(browser), "#0072B2") > 100
    # A cell that is not shown cannot be clicked.
    assert browser.execute_script(
        "const p = livn.pointing.project(7); return livn.pointing.pick(p.x, p.y)"
    ) in {-1, *range(80, 100)}
    dark = np.count_nonzero(_pixels(browser).sum(axis=2) < 450)
    browser.find_element(By.ID, "show-reach").click()
    time.sleep(0.3)
    assert np.count_nonzero(_pixels(browser).sum(axis=2) < 450) < dark
    field = browser.find_element(By.ID, "gid")
    field.send_keys("93", Keys.ENTER)
    _until(browser, "return livn.state.selected === 93")
    browser.find_element(By.ID, "closer").click()
    place = browser.execute_script(
        "const p = livn.pointing.project(93); return [p.x / livn.stage.clientWidth, "
        "p.y / livn.stage.clientHeight]"
    )
    assert place == pytest.approx([0.5, 0.5], abs=0.01)
    field.clear()
    field.send_keys("100", Keys.ENTER)
    _until(browser, "return livn.state.selected === -1")
    assert "No cell" in browser.find_element(By.ID, "cell").text


def test_layered_systems_open_in_space_with_morphologies(open_page, drawn_layers):
    browser = open_page(drawn_layers)
    assert browser.execute_script("return livn.state.view") == "3d"
    assert _near(_pixels(browser), "#D55E00", 90) > 50
    assert browser.execute_script("return livn.parts.shapes.children.length") == 9
    _click(browser, 5)
    _until(browser, "return livn.state.selected >= 0")
    assert browser.execute_script("return livn.parts.chosen.children.length") == 2
    browser.find_element(By.ID, "view-side").click()
    time.sleep(0.3)
    names = [e.text for e in browser.find_elements(By.CSS_SELECTOR, ".layer") if e.is_displayed()]
    assert set(names) <= {"SO", "SP", "SR"}
    assert names
    # In the side view depth points up.
    high, low = browser.execute_script(
        "const v = (z) => { const p = new livn.scene.position.constructor(30, 30, z);"
        "return p.project(livn.cameras.camera()).y; }; return [v(90), v(0)];"
    )
    assert high > low
    _assert_quiet(browser)


def test_hostile_names_are_text(open_page, make_system):
    bad = "</script><script>window.hacked = 1</script>"
    name = "<img src=x onerror='window.hacked=1'>"
    layers = {bad: [[0, 0, 0], [9, 9, 9]], "b": [[0, 0, 9], [9, 9, 18]]}
    positions = {name: np.array([[1, 1, 1], [8, 8, 8.0]])}
    edges = {(name, name): (np.array([0]), np.array([1]))}
    browser = open_page(make_system(positions, edges, layers=layers), title=bad)
    browser.execute_script("livn.pointing.select(0)")
    assert browser.execute_script("return window.hacked") is None
    assert browser.find_element(By.ID, "title").text == bad
    assert name in browser.find_element(By.ID, "populations").text
    assert name in browser.find_element(By.ID, "cell").text
    _assert_quiet(browser)


def test_what_todays_tools_made_opens(open_page, reference):
    browser = open_page(reference("3d_S1"), max_edges=20_000)
    browser.execute_script("livn.pointing.select(1)")
    words = browser.find_element(By.ID, "cell").text
    assert "are in this page" in words
    assert "20,000 of 267,178 connections" in browser.find_element(By.ID, "notes").text
    _assert_quiet(browser)


def test_where_drawing_is_slow_movement_shows_a_sample(open_page, drawn_culture):
    browser = open_page(drawn_culture)
    ranges = "return livn.parts.cells.map((points) => points.geometry.drawRange.count)"
    order = browser.execute_script("return [...livn.parts.cells[0].geometry.index.array]")
    assert sorted(order) == list(range(80))
    assert order != list(range(80))
    seen = browser.execute_async_script(
        "const done = arguments[0], seen = []; let n = 0;"
        "const step = () => { livn.state.cost = 300; livn.refresh();"
        "seen.push(livn.parts.cells.map((p) => p.geometry.drawRange.count));"
        "if (++n < 10) requestAnimationFrame(step); else done(seen); }; step();"
    )
    assert [8, 2] in seen
    _until(browser, "return livn.state.detail === 1")
    assert browser.execute_script(ranges) == [80, 20]
