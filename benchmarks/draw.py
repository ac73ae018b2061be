"""Draws what comes in as JSON: ``draw.py PICTURE``. Runs where matplotlib is, and nothing else.

One line for each thing that was measured, one mark for each contestant, at its time as a multiple
of raw minio-py's. The ground is white, so that the picture can stand on a dark page.
"""

from __future__ import annotations

import json
import sys
from textwrap import fill
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, NullLocator

# Okabe and Ito's colours, which the colour-blind can tell apart; shapes tell them apart in grey.
_MARKS = {
    "tenant_minio": ("#0072B2", "o", 95),
    "django_minio_backend": ("#D55E00", "s", 60),
    "django_storages": ("#009E73", "^", 72),
}
_LABEL_WIDTH = 26
_FLOOR = "minio_py"


def main() -> None:
    given = json.load(sys.stdin)
    lines = given["lines"]
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 11, "svg.hashsalt": "x"})
    figure, axes = plt.subplots(figsize=(9.6, 1.5 + 0.42 * len(lines)), layout="constrained")
    height = list(range(len(lines)))[::-1]
    axes.set_xscale("log")
    axes.axvline(1, color="#444444", linewidth=1.4, zorder=1)
    for name, (colour, shape, size) in _MARKS.items():
        points = [
            (line["ratios"][name], y)
            for line, y in zip(lines, height, strict=True)
            if name in line["ratios"]
        ]
        if points:
            axes.scatter(
                *zip(*points, strict=True),
                s=size,
                marker=shape,
                color=colour,
                edgecolor="white",
                linewidth=0.8,
                label=given["contestants"][name],
                zorder=4 if name == "tenant_minio" else 3,
            )
    _label(axes, lines, height, given)
    figure.savefig(sys.argv[1], dpi=110, facecolor="white", metadata=_undated(sys.argv[1]))


def _label(
    axes: Any, lines: list[dict[str, Any]], height: list[int], given: dict[str, Any]
) -> None:
    every = [ratio for line in lines for ratio in line["ratios"].values()]
    axes.set_xlim(min(every) / 1.5, max(every) * 1.5)
    axes.set_ylim(-0.6, len(lines) - 0.4)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} ×"))
    axes.set_yticks(height, [fill(line["label"], _LABEL_WIDTH) for line in lines])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=9.5)
    axes.grid(axis="x", color="#dddddd", linewidth=0.8, zorder=0)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    right = axes.secondary_yaxis("right")
    right.set_yticks(height, [line["ours"] for line in lines])
    right.tick_params(axis="y", length=0, labelsize=9.5, labelcolor=_MARKS["tenant_minio"][0])
    right.spines["right"].set_visible(False)
    axes.set_xlabel(
        f"time as a multiple of raw {given['contestants'][_FLOOR]}'s (1 ×), medians, left is faster"
        "\n"
        f"figures: {given['contestants']['tenant_minio']} · {given['caption']}",
        fontsize=9.5,
    )
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)


def _undated(picture: str) -> dict[str, None]:
    """The same run gives the same bytes."""
    return {"Date": None} if picture.endswith(".svg") else {}


main()
