"""Figures of the theory chapter: curves, phase planes, plans, snapshots, a tree."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch

from ganutils.plotting.style import COLOURS, add_scale, new_figure

FAINT = "#AAAAAA"
ARROWS = {"scale": 15, "width": 0.007}
# Year of publication (with a fraction, for its place), height, family, parents.
FAMILY = {
    "GAN": (2014.4, 0, "the first", ()),
    "cGAN": (2014.85, 2, "with a condition or code", ("GAN",)),
    "DCGAN": (2015.9, 0, "convolutions", ("GAN",)),
    "InfoGAN": (2016.45, 1, "with a condition or code", ("GAN",)),
    "AC-GAN": (2016.8, 2, "with a condition or code", ("cGAN",)),
    "pix2pix": (2016.9, 3, "with a condition or code", ("cGAN",)),
    "WGAN": (2017.1, -2, "bounded slope of D", ("GAN",)),
    "CycleGAN": (2017.25, 4, "with a condition or code", ("pix2pix",)),
    "WGAN-GP": (2017.3, -3, "bounded slope of D", ("WGAN",)),
    "ProGAN": (2017.8, 0, "convolutions", ("DCGAN", "WGAN-GP")),
    "StarGAN": (2017.9, 3, "with a condition or code", ("CycleGAN",)),
    "SN-GAN": (2018.15, -2, "bounded slope of D", ("WGAN",)),
    "WaveGAN": (2018.1, -1, "convolutions", ("DCGAN", "WGAN-GP")),
    "BigGAN": (2018.75, -2, "convolutions", ("SN-GAN",)),
    "StyleGAN": (2018.95, 0, "convolutions", ("ProGAN",)),
    "R3GAN": (2024.9, 0, "convolutions", ("StyleGAN",)),
}
FAMILIES = {
    "the first": "black",
    "with a condition or code": "purple",
    "convolutions": "blue",
    "bounded slope of D": "vermillion",
}
SHOWN = 200  # points in a panel of `snapshots`


def curves(x: np.ndarray, lines: Mapping[str, tuple], **labels) -> Figure:
    """Show curves over x, their names at the right.

    Args:
        x: (n,).
        lines: {name: (values (n,), colour name of `style.COLOURS`)}.
        **labels: of `Axes.set`: xlabel, title, xlim, yscale …

    Example:
        >>> curves(x, {"p": (p, "real")}, xlabel="x")
    """
    figure, (axes,) = new_figure(8, 3)
    for name, (values, colour) in lines.items():
        axes.plot(x, values, color=COLOURS[colour], label=name, linewidth=2)
    axes.set(**labels)
    if labels.get("xscale") == "log" and len(x) <= 8:  # a tick for each x
        axes.set_xticks(x, map(str, x))
        axes.minorticks_off()
    _name_beside(axes)
    return figure


def phase_plane(panels: Sequence[tuple[str, Callable, np.ndarray]]) -> Figure:
    """Show paths of the Dirac-GAN over the arrows of their fields, side by side.

    Args:
        panels: (title, field, path) of each, see `theory.dirac_gan`. All show the same
            square around the goal, as large as the longest path needs.
    """
    figure, places = new_figure(8.2, 3.3, columns=len(panels))
    reach = max(1.2, 1.1 * max(np.abs(path).max() for _, _, path in panels))
    grid = np.meshgrid(*2 * [np.linspace(-0.9 * reach, 0.9 * reach, 7)])
    for axes, (title, field, path) in zip(places, panels, strict=True):
        arrows = field(*grid)
        length = np.maximum(np.linalg.norm(arrows, axis=0), 1e-9)
        axes.quiver(*grid, *arrows / length, color=FAINT, pivot="mid", **ARROWS)
        axes.plot(*path.T, color=COLOURS["vermillion"], linewidth=1.2)
        axes.plot(*path[0], "o", color=COLOURS["black"], label="start")
        axes.plot(*path[-1], "o", markersize=12, label="end", mfc="none", mec="black")
        axes.plot(0, 0, "P", color=COLOURS["blue"], markersize=8, label="goal")
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), title=title)
        axes.set(xlabel="θ (place of the fakes)", aspect="equal")
    places[0].set_ylabel("ψ (slope of D's logit)")
    _name_below(figure, *places[0].get_legend_handles_labels())
    return figure


def plan(a: np.ndarray, b: np.ndarray, moved: np.ndarray, height: Callable) -> Figure:
    """Show a transport plan over the heights of a critic.

    Args:
        a, b: real and fake points, (n, 2).
        moved: mass from a[i] to b[j], (n, n), see `theory.divergences`.
        height: a critic: points (m, 2) → scores (m,); they colour the background.
    """
    figure, (axes,) = new_figure(7.6, 3.6)
    low, high = (g(np.concatenate([a, b]), axis=0) for g in (np.min, np.max))
    grid = np.stack(np.meshgrid(*np.linspace(low - 0.4, high + 0.4, 60).T), axis=-1)
    scores = height(grid.reshape(-1, 2)).reshape(60, 60)
    steps = np.arange(np.floor(scores.min()), np.ceil(scores.max()) + 0.5, 0.5)
    shown = {"levels": steps, "cmap": "viridis", "alpha": 0.5}
    ground = axes.contourf(*np.moveaxis(grid, -1, 0), scores, **shown)
    for i, j in zip(*np.nonzero(moved > 1e-9), strict=True):
        line = np.stack([a[i], b[j]]).T
        axes.plot(*line, color="black", linewidth=0.8, zorder=1)
    for points, name, mark in ((a, "real", "o"), (b, "fake", "s")):
        dots = {"marker": mark, "color": COLOURS[name], "edgecolors": "white"}
        axes.scatter(*points.T, label=name, zorder=2, **dots)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    add_scale(figure, ground, steps[::2], "critic C(x)", ax=axes)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    return figure


def snapshots(
    panels: Mapping[str, np.ndarray], centres: np.ndarray, std: float, columns: int = 4
) -> Figure:
    """Show sets of 2-D samples over the clusters of the data, and count the modes.

    A grey disc of 3 standard deviations, in a ring of fixed size, is a cluster; a
    sample inside the disc is a hit. The title counts clusters with a hit, among all
    samples; 200 of them are drawn.

    Args:
        panels: name → samples (n, 2); the names stand above, row by row.
        centres: of the clusters, (m, 2); they set the limits of the axes.
        std: standard deviation of a cluster along each axis.
        columns: panels in a row.
    """
    rows = -(-len(panels) // columns)
    options = {"rows": rows, "sharex": True, "sharey": True}
    figure, places = new_figure(8.6, 0.6 + 2.65 * rows, columns, **options)
    reach = 1.4 * np.abs(centres).max()
    for axes, (name, samples) in zip(places, panels.items(), strict=False):
        ways = np.linalg.norm(samples[:, None] - centres, axis=-1)
        hit = ways.min(axis=1) <= 3 * std
        found = len(np.unique(ways.argmin(axis=1)[hit]))
        for centre in centres:
            axes.add_patch(Circle(centre, 3 * std, color=FAINT, linewidth=0))
        axes.plot(*centres.T, "o", color=FAINT, mfc="none", markersize=9, mew=0.8)
        for kind, chosen, size in (("fake", ~hit, 2.5), ("floor", hit, 6)):
            some = samples[:SHOWN][chosen[:SHOWN]]
            dots = {"s": size, "linewidths": 0, "zorder": 3}  # hits come last
            axes.scatter(*some.T, color=COLOURS[kind], **dots)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set_title(f"{name}\n{found} of {len(centres)} modes", fontsize=10)
    for axes in places[-columns:]:
        axes.set_xlabel("$x_1$")
    for axes in places[::columns]:
        axes.set_ylabel("$x_2$")
    kinds = {"cluster": FAINT, "hit": COLOURS["floor"], "miss": COLOURS["fake"]}
    _name_below(figure, *_patches(kinds))
    return figure


def balls(real: np.ndarray, fake: np.ndarray, k: int) -> Figure:
    """Show which fakes lie in a ball around a real sample: precision as a picture.

    Args:
        real: points (n, 2); each has a disc that reaches to its k-th neighbour.
        fake: points (m, 2).
        k: from 1 to n − 1.

    Reference:
        Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991
    """
    own = np.linalg.norm(real[:, None] - real, axis=-1)
    radius = np.sort(own, axis=1)[:, k]  # number 0 is the sample itself
    ways = np.linalg.norm(real[:, None] - fake, axis=-1)
    inside = (ways <= radius[:, None]).any(axis=0)
    figure, (axes,) = new_figure(5.6, 3.3)
    for centre, reach in zip(real, radius, strict=True):
        axes.add_patch(Circle(centre, reach, color=COLOURS["real"], alpha=0.1))
    axes.scatter(*real.T, s=10, color=COLOURS["real"], label="real, with its ball")
    kinds = (
        ("fake inside", inside, "o", "floor"),
        ("fake outside", ~inside, "x", "fake"),
    )
    for name, chosen, mark, colour in kinds:
        style = {"s": 26, "marker": mark, "color": COLOURS[colour]}
        axes.scatter(*fake[chosen].T, label=name, **style)
    title = f"precision {inside.sum()} of {len(fake)}"
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", title=title)
    _name_beside(axes)
    return figure


def family_tree() -> Figure:
    """Show who built on whom, over the years: the boxes of `FAMILY`."""
    years, late = range(2014, 2020), 2019.6  # later ones stand past a gap in the axis
    place = {name: (min(row[0], late), row[1]) for name, row in FAMILY.items()}
    figure, (axes,) = new_figure(9, 4.4)
    for name, (_, _, family, parents) in FAMILY.items():
        colour = COLOURS[FAMILIES[family]]
        box = {"facecolor": "white", "edgecolor": colour, "boxstyle": "round"}
        axes.text(*place[name], name, ha="center", va="center", bbox=box, zorder=2)
        for parent in parents:
            line = np.stack([place[parent], place[name]]).T
            style = "--" if place[name][0] == late else "-"  # across the gap
            axes.plot(*line, style, color=colour, linewidth=1.5, zorder=1)
    newest = max(int(row[0]) for row in FAMILY.values())
    axes.set_xticks([*years, late], [*years, newest])
    axes.set(yticks=[], ylim=(-3.7, 4.7), xlim=(2013.6, 2020.1), xlabel="year")
    axes.text(2019.3, -3.7, "//", ha="center", va="center", fontsize=14)
    axes.spines["left"].set_visible(False)
    shown = {family: COLOURS[name] for family, name in FAMILIES.items()}
    _name_below(figure, *_patches(shown))
    return figure


def players() -> Figure:
    """Show who passes what to whom in a GAN: samples forward, slopes backward."""
    figure, (axes,) = new_figure(8.6, 2.9)
    axes.set(xlim=(0, 100), ylim=(-4, 42))
    axes.set_axis_off()
    boxes = {
        "noise $z$": (8, 8, "grey"),
        "generator G": (29, 8, "fake"),
        "fake $G(z)$": (50, 8, "fake"),
        "real $x$": (50, 32, "real"),
        "discriminator D": (72, 20, "black"),
        "D's loss": (93, 32, "black"),
        "G's loss": (93, 8, "fake"),
    }
    for text, (x, y, colour) in boxes.items():
        edge = {"boxstyle": "round,pad=0.5", "fc": "white", "ec": COLOURS[colour]}
        axes.text(x, y, text, ha="center", va="center", bbox=edge, zorder=3)
    forward = {"arrowstyle": "-|>", "color": COLOURS["black"], "shrinkA": 0}
    for a, b in (
        ((13.5, 8), (20, 8)),
        ((37.5, 8), (43, 8)),
        ((56, 10.5), (64, 17)),
        ((56, 30), (64, 23)),
        ((80, 23), (87, 30)),
        ((80, 17), (87, 10.5)),
    ):
        axes.annotate("", b, a, arrowprops=forward)
    axes.text(86, 20, "logit $s$", ha="left", va="center")
    back = {"arrowstyle": "-|>", "linestyle": "--", "color": COLOURS["green"]}
    for a, b, bend in (((91, 5), (29, 4.5), -0.12), ((91, 35.5), (72, 24), 0.25)):
        style = back | {"connectionstyle": f"arc3,rad={bend}"}
        axes.annotate("", b, a, arrowprops=style)
    green = {"color": COLOURS["green"], "ha": "center"}
    back_to_g = "the slope of G's loss passes through D and changes G's weights"
    axes.text(60, -1.5, back_to_g, va="top", **green)
    axes.text(73, 38, "the slope of D's loss changes D's weights", va="bottom", **green)
    return figure


def contests(panels: Sequence[tuple[str, Callable, Mapping]]) -> Figure:
    """Show games of two numbers, and where players walk in them.

    Args:
        panels: (title, V, paths) of each: V(g, d) takes arrays, G lowers and D raises
            it; paths are {name: (path (steps, 2) of (g, d), colour name)}.
    """
    figure, places = new_figure(8.6, 3.6, columns=len(panels))
    line = np.linspace(-1.5, 1.5, 61)
    for axes, (title, value, paths) in zip(places, panels, strict=True):
        heights = value(*np.meshgrid(line, line))
        reach = np.abs(heights).max()
        levels = np.linspace(-reach, reach, 13)
        drawn = axes.contourf(line, line, heights, levels, cmap="PuOr_r", alpha=0.6)
        for name, (path, colour) in paths.items():
            axes.plot(*path.T, color=COLOURS[colour], label=name, linewidth=1.8)
            axes.plot(*path[-1], "o", color=COLOURS[colour], markersize=6)
        axes.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal", title=title)
        axes.set(xlabel="G's number $g$", ylabel="D's number $d$")
        add_scale(figure, drawn, [-reach, 0, reach], "value $V$", ax=axes, shrink=0.8)
        if paths:
            axes.legend(loc="lower left", framealpha=0.9, edgecolor="none")
    return figure


def _patches(colours):
    return [Patch(color=colour) for colour in colours.values()], list(colours)


def _name_below(figure, handles, names):
    where = {"loc": "outside lower center", "ncols": len(names)}
    figure.legend(handles, names, frameon=False, **where)


def _name_beside(axes):
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
