"""What tests do with a page in a browser: wait, point, look, listen."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import numpy as np
import pytest


def until(browser: Any, script: str, *values: Any) -> None:
    """Wait until a script's value is true."""
    for _ in range(200):
        if browser.execute_script(script, *values):
            return
        time.sleep(0.05)
    raise AssertionError(f"never came true: {script}")


def settle(browser: Any) -> None:
    """Wait until what has changed is drawn."""
    until(browser, "return !livn.state.dirty && livn.state.detail === 1")
    browser.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
    )


def point(browser: Any, index: int, places: str = "positions", *, click: bool = False) -> None:
    """Move the mouse to a cell, or to an electrode (``places="electrodes"``); click there if asked."""
    from selenium.webdriver.common.action_chains import ActionChains

    script = f"return livn.pointing.project(arguments[0], livn.system.{places})"
    place = browser.execute_script(script, index)
    canvas = browser.find_element("css selector", "#stage canvas")
    x, y = (round(place[a] - canvas.size[b] / 2) for a, b in (("x", "width"), ("y", "height")))
    moves = ActionChains(browser, duration=20).move_to_element_with_offset(canvas, x, y)
    (moves.click() if click else moves).perform()


def press(browser: Any, *keys: str, shift: bool = False) -> None:
    """Type on the picture."""
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    browser.execute_script("livn.canvas.focus({ focusVisible: true })")
    typed = ActionChains(browser, duration=20)
    if shift:
        typed = typed.key_down(Keys.SHIFT).send_keys(*keys).key_up(Keys.SHIFT)
    else:
        typed = typed.send_keys(*keys)
    typed.perform()
    settle(browser)


def check(browser: Any, selector: str) -> None:
    """Click what a CSS selector finds."""
    browser.find_element("css selector", selector).click()
    settle(browser)


def pixels(browser: Any) -> np.ndarray:
    """Return what the picture looks like, (height, width, 3) integers 0 to 255."""
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(browser.get_screenshot_as_png()))
    width = browser.execute_script("return livn.stage.clientWidth")
    return np.asarray(image.convert("RGB"))[:, :width].astype(int)


def near(picture: np.ndarray, colour: str, within: int = 40) -> int:
    """Return how many pixels have about a colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int(np.count_nonzero(np.abs(picture - wanted).sum(axis=2) < within))


def assert_quiet(browser: Any) -> None:
    """No complaint in the console, and nothing asked for but the page."""
    assert browser.get_log("browser") == []
    asked = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    assert len(asked) == 1
    assert asked[0].startswith("file://")
