"""The picture of a study: scores over sizes, one line a group, the limits of the routes as marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mediaprep.study import CAP, Step, Studied, groups, mean_at, size_words

_COLOURS = ("#1f4fbf", "#c0392b", "#14683c", "#8a5a00", "#6b3fa0", "#0f7c86", "#9b2c6f")


def plot(assets: Sequence[Studied], steps: Sequence[Step], sizes: Sequence[int], target: Path) -> bool:
    """Draw; False where matplotlib is not installed (the extra ``bench`` brings it)."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9.6, 5.6), dpi=130)
    for number, (name, members) in enumerate(groups(assets).items()):
        colour = _COLOURS[number % len(_COLOURS)]
        for each in members:
            axes.plot(sizes, [each.at(size).seen for size in sizes], color=colour, alpha=0.16, linewidth=1)
        means = [mean_at(members, size) or 0.0 for size in sizes]
        axes.plot(sizes, means, color=colour, linewidth=2.6, label=f"{name}: mean of {len(members)}")
    axes.legend(loc="lower right", frameon=False, fontsize=10.5, bbox_to_anchor=(1.0, 0.04))
    for level, words in ((CAP, "indistinguishable"), (70.0, "good"), (50.0, "visibly worse")):
        axes.axhline(level, color="#b9b5ab", linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(words, (sizes[0], level), (2, 3), textcoords="offset points", color="#5d5a54", fontsize=8.5)
    for size in {step.safe_bytes for step in steps}:
        names = ", ".join(step.route for step in steps if step.safe_bytes == size)
        axes.axvline(size, color="#1d1c1a", linewidth=0.9, alpha=0.45)
        axes.annotate(names, (size, 2), (3, 0), textcoords="offset points", rotation=90, fontsize=8.5, va="bottom")
    axes.set_xscale("log")
    shown = [size for size in sizes if size in (50_000, 100_000, 200_000, 300_000, 600_000, 1_000_000, 2_000_000)]
    axes.set_xticks(shown or list(sizes), [size_words(size) for size in shown or sizes])
    axes.minorticks_off()
    axes.set_ylim(0, 97)
    axes.set_xlim(sizes[0], sizes[-1])
    axes.set_ylabel("score at a phone's size")
    axes.set_title("What bytes buy: the best score that each size allows", loc="left", fontsize=13, fontweight="bold")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.subplots_adjust(left=0.07, right=0.97, top=0.92, bottom=0.08)
    figure.savefig(target)
    plt.close(figure)
    return True
