"""Write a page: the contents, the library and our script in one HTML file.

Nothing in the page can reach the network: its content security policy allows only the scripts and
styles whose hashes are listed, and no connection at all. Names of populations travel inside a JSON
document in which no ``<`` is left, and appear as text, never as markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import nullcontext
from html import escape
from pathlib import Path

from livn_core.errors import OutputError
from livn_core.outputs import check_file, new_file, saying_file_errors
from livn_core.plotting.options import check_least
from livn_core.system.reader import System
from livn_core.viewer.contents import PageContents, read_contents

__all__ = ["write_page"]

_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = (
    *("data.js", "looks.js", "scene.js", "cameras.js"),
    *("pointing.js", "panel.js", "picture.js", "main.js"),
)


def write_page(
    system: System | str | Path,
    path: str | Path,
    *,
    max_cells: int = 1_000_000,
    max_edges: int = 2_000_000,
    max_morphologies: int = 60,
    title: str | None = None,
    seed: int = 0,
    overwrite: bool = True,
) -> PageContents:
    """Write an HTML file in which a system can be looked around in, offline.

    Equal systems give equal files. The file appears whole or not at all.

    Parameters
    ----------
    system
        A system, or its directory.
    path
        ``.html`` file to write.
    max_cells, max_edges
        Cells and connections that the page holds at most; of more a fair sample, which the page
        says. Degrees are those of the whole system.
    max_morphologies
        Cells whose morphology the page holds at most.
    title
        Heading of the page; by default the name of the system's folder, and its seed.
    seed
        Seed of the samples, an integer >= 0.
    overwrite
        Whether an existing file is replaced.

    Returns
    -------
    PageContents
        What the page carries.

    Raises
    ------
    OutputError
        The file cannot be written.
    PlotError
        A limit or the seed is negative.
    SystemFormatError
        The system is broken.

    Examples
    --------
    >>> from livn_core.viewer import write_page
    >>> page = write_page("culture", "culture.html", title="200 cells")
    >>> page.meta["title"], page.meta["cells"]
    ('200 cells', 200)
    """
    path = Path(path)
    check_least(1, max_cells=max_cells)
    check_least(0, max_edges=max_edges, max_morphologies=max_morphologies, seed=seed)
    if path.suffix.lower() not in {".html", ".htm"}:
        raise OutputError(
            f"cannot write '{path}': a page is an HTML file", hint="give a name that ends in .html"
        )
    check_file(path, overwrite=overwrite)
    limits = (max_cells, max_edges, max_morphologies)
    with nullcontext(system) if isinstance(system, System) else System(system) as opened:
        contents = read_contents(opened, *limits, title=title, seed=seed)
    with saying_file_errors(path), new_file(path) as file:
        file.writelines(piece.encode() for piece in _page(contents))
    return contents


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _page(contents: PageContents) -> Iterator[str]:
    style = _asset("page.css")
    library = _asset("vendor/three.min.js")
    ours = '"use strict";\n(() => {\n' + "\n".join(_asset(name) for name in _SCRIPTS) + "})();\n"
    policy = (
        f"default-src 'none'; script-src 'sha256-{_hash(library)}' 'sha256-{_hash(ours)}'; "
        f"style-src 'sha256-{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    # Without an icon of its own a page makes the browser ask for one.
    yield '<link rel="icon" href="data:,">\n'
    yield f"<title>{escape(contents.meta['title'])}</title>\n<style>{style}</style>\n</head>\n"
    yield f"<body>\n{_asset('page.html')}"
    document = json.dumps(contents.meta, sort_keys=True, allow_nan=False, separators=(",", ":"))
    document = document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    yield f'<script type="application/json" id="meta">{document}</script>\n'
    for name, values in contents.blocks.items():
        yield f'<script type="application/octet-stream" id="data-{name}">'
        yield base64.b64encode(values.tobytes()).decode()
        yield "</script>\n"
    yield f"<script>{library}</script>\n<script>{ours}</script>\n</body>\n</html>\n"
