"""Draws docs/images/speed.png from the table "Doubling the cells" of benchmarks/RESULTS.md.

python docs/speed.py
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| ([\d,]+) \| ([\d.]+) \| ([\d,]+) \| [\d.]+ \| [\d.]* \|$", re.MULTILINE)


def rows() -> list[tuple[int, float, int]]:
    """Return cells, seconds and connections of each row of the table."""
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    table = results.partition("### Doubling the cells")[2].partition("\n<!--")[0]
    return [
        (int(cells.replace(",", "")), float(seconds), int(edges.replace(",", "")))
        for cells, seconds, edges in ROW.findall(table)
    ]


def main() -> None:
    """Draw the picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.0), layout="constrained")
    cells, seconds, edges = zip(*rows(), strict=True)
    millions = [count / 1e6 for count in edges]
    axes.plot(millions, seconds, "o-", color="#3f51b5")
    for x, y, count in zip(millions, seconds, cells, strict=True):
        if count >= 250_000:
            axes.annotate(
                f"{count:,} cells", (x, y), (-6, 6), textcoords="offset points", ha="right"
            )
    axes.set(
        xlabel="connections, millions", ylabel="whole process, s", xlim=(0, None), ylim=(0, None)
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(ROOT / "docs" / "images" / "speed.png", dpi=120)


if __name__ == "__main__":
    main()
