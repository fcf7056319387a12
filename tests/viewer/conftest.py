"""Systems to look around in, and a browser."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_FILE = Path(__file__).parents[1] / "systems_to_draw.py"


@pytest.fixture(scope="session")
def writing() -> ModuleType:
    """The functions that write systems."""
    spec = importlib.util.spec_from_file_location("systems_to_draw", _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def culture(writing: ModuleType, tmp_path_factory) -> Path:
    """A 2D culture of 80 EXC and 20 INH cells."""
    return writing.culture(tmp_path_factory.mktemp("systems") / "culture")


@pytest.fixture(scope="session")
def layered(writing: ModuleType, tmp_path_factory) -> Path:
    """A layered system of 6 PYR and 3 BAS cells."""
    return writing.layered(tmp_path_factory.mktemp("systems") / "layered")


@pytest.fixture
def make_system(writing: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write any system."""
    return lambda *a, name="made", **options: writing.write_system(tmp_path / name, *a, **options)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window, drawing WebGL in software; skips where it is not installed."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed (apt-get install chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
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
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    chrome.set_script_timeout(60)
    yield chrome
    chrome.quit()
