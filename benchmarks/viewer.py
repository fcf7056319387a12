"""How fast a page of many cells loads and is drawn, beside the bare points in the same renderer.

    python benchmarks/viewer.py                    # 100,000 cells, 256 electrodes

Needs Chromium, chromedriver and selenium; WebGL is drawn in software, so that any machine can. The
bare points are one draw of all cells, in one colour, as squares of the page's size, with the page's
own renderer and canvas. They and the page are drawn in turn, each first as often as the other: of a
pair both meet the same machine. A frame ends when a pixel of it can be read.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from selenium import webdriver

from livn_core import generate
from livn_core.system.mea import write_mea
from livn_core.viewer import write_page

#: What is measured, and the script that makes the page show it.
STATES = {
    "as it opens": "",
    "reach of all electrodes": "livn.switches.reach.click()",
    "an electrode chosen": "livn.pointing.selectElectrode(100)",
    "a cell chosen": "livn.pointing.select(100)",
    "by in-degree": "const c = document.getElementById('colour'); c.value = 'in-degree'; "
    "c.dispatchEvent(new Event('change'))",
    "in space": "livn.cameras.setView('3d')",
    "closer": "livn.cameras.magnify(4)",
}
#: Notes when the first frame is there; runs before the page's own scripts.
WATCH = """
const watch = () => { if (window.livn && livn.state.frames) window.loaded = performance.now();
  else requestAnimationFrame(watch); };
requestAnimationFrame(watch);
"""
DRAW = """
const [setting, rounds, done] = arguments;
new Function(setting)();
const { renderer, parts, system, cameras, render } = livn, gl = renderer.getContext();
const { size } = parts.cells[0].material.uniforms, pixel = new Uint8Array(4);
const geometry = new THREE.BufferGeometry();
geometry.setAttribute("position", new THREE.BufferAttribute(system.positions, 3));
const points = new THREE.Points(geometry, new THREE.ShaderMaterial({ uniforms: { size },
  vertexShader: `uniform float size; void main() { gl_PointSize = size;
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
  fragmentShader: "void main() { gl_FragColor = vec4(0.8, 0.4, 0.0, 1.0); }" }));
points.frustumCulled = false;
const bare = new THREE.Scene();
bare.add(points);
const draws = [() => renderer.render(bare, cameras.camera()), render], times = [[], []];
const timed = (which) => {
  const began = performance.now();
  draws[which]();
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return performance.now() - began;
};
const step = (round) => {
  // The first of a task waits for the picture before it to be shown.
  timed(round % 2);
  for (const which of [round % 2, 1 - round % 2]) times[which].push(timed(which));
  if (round < rounds) setTimeout(step, 0, round + 1); else done(times);
};
timed(0), timed(1), step(0);
"""


def open_browser() -> Any:
    """Start Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--window-size=1100,800",
    ):
        options.add_argument(argument)
    driver = webdriver.ChromeService(shutil.which("chromedriver") or "chromedriver")
    browser = webdriver.Chrome(options=options, service=driver)
    browser.set_script_timeout(600)
    return browser


def spent(root: int) -> float:
    """Return the CPU seconds of a process and all that it started."""
    stats = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        stats[int(file.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours, known = {root}, 0
    while len(ours) > known:
        known = len(ours)
        ours |= {process for process, (parent, _) in stats.items() if parent in ours}
    return sum(stats[process][1] for process in ours) / os.sysconf("SC_CLK_TCK")


def load(path: Path) -> tuple[Any, float, float]:
    """Open a page in a new browser; return it, s to its first frame, and CPU s of all processes."""
    browser = open_browser()
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    # Twice: what the browser starts for its first page is not the page's.
    for _ in range(2):
        before = spent(browser.service.process.pid)
        browser.get(path.as_uri())
        while not (loaded := browser.execute_script("return window.loaded")):
            time.sleep(0.05)
    return browser, loaded / 1e3, spent(browser.service.process.pid) - before


def main() -> None:
    """Print the size, the seconds to load and the frames of each state."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--loads", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        cells = {"total_cells": options.cells, "connectivity": {"mean_degree": 10, "sigma": 200}}
        write_mea(generate(cells, output_directory=folder / "net"), "grid", {"pitch": 250})
        page = folder / "page.html"
        contents = write_page(folder / "net", page)
        count = contents.meta["electrodes"]["count"]
        print(
            f"{options.cells:,} cells, {contents.meta['edges']['embedded']:,} connections, {count}"
        )
        print(f"electrodes: {page.stat().st_size / 1e6:.2f} MB")
        seconds = []
        for _ in range(options.loads):
            browser, *both = load(page)
            seconds.append(both)
            browser.quit()
        clock, cpu = (statistics.median(each) for each in zip(*seconds, strict=True))
        print(
            f"loaded in {clock:.2f} s, {cpu:.2f} s of CPU of all the browser's processes (medians)\n"
        )
        print("| state | bare, ms | page, ms | bare / page |\n|---|---|---|---|")
        for state, script in STATES.items():
            browser, *_ = load(page)
            bare, full = browser.execute_async_script(DRAW, script, options.rounds)
            browser.quit()
            ratio = statistics.median(a / b for a, b in zip(bare, full, strict=True))
            medians = f"{statistics.median(bare):.0f} | {statistics.median(full):.0f}"
            print(f"| {state} | {medians} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
