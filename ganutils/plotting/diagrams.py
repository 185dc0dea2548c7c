"""Figures of the theory chapter: curves, phase planes, plans, snapshots, a tree."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch

from ganutils.plotting.style import COLOURS, new_figure

FAINT = "#AAAAAA"
ARROWS = {"scale": 15, "width": 0.007}
# Year of publication (with a fraction, for its place), height, family, parents.
FAMILY = {
    "GAN": (2014.4, 0, "the first", ()),
    "cGAN": (2014.85, 2, "with a condition", ("GAN",)),
    "DCGAN": (2015.9, 0, "convolutions", ("GAN",)),
    "InfoGAN": (2016.45, 1, "with a condition", ("GAN",)),
    "AC-GAN": (2016.8, 2, "with a condition", ("cGAN",)),
    "pix2pix": (2016.9, 3, "with a condition", ("cGAN",)),
    "WGAN": (2017.1, -2, "bounded slope of D", ("GAN",)),
    "CycleGAN": (2017.25, 4, "with a condition", ("pix2pix",)),
    "WGAN-GP": (2017.3, -3, "bounded slope of D", ("WGAN",)),
    "ProGAN": (2017.8, 0, "convolutions", ("DCGAN",)),
    "StarGAN": (2017.9, 3, "with a condition", ("CycleGAN",)),
    "SN-GAN": (2018.15, -3, "bounded slope of D", ("WGAN-GP",)),
    "WaveGAN": (2018.1, -1, "convolutions", ("DCGAN", "WGAN-GP")),
    "BigGAN": (2018.75, -2, "convolutions", ("SN-GAN",)),
    "StyleGAN": (2018.95, 0, "convolutions", ("ProGAN",)),
    "R3GAN": (2024.9, 0, "convolutions", ("StyleGAN",)),
}
FAMILIES = {
    "the first": "black",
    "with a condition": "purple",
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
    _name_beside(axes)
    return figure


def phase_plane(panels: Sequence[tuple[str, Callable, np.ndarray]]) -> Figure:
    """Show paths of the Dirac-GAN over the arrows of their fields, side by side.

    Args:
        panels: (title, field, path) of each, see `theory.dirac_gan`. The goal is a
            cross, the end of a path a dot.
    """
    figure, places = new_figure(8.6, 3.0, columns=len(panels))
    grid = np.meshgrid(np.linspace(-1.8, 1.8, 7), np.linspace(-1.8, 1.8, 7))
    for axes, (title, field, path) in zip(places, panels, strict=True):
        arrows = field(*grid)
        length = np.maximum(np.linalg.norm(arrows, axis=0), 1e-9)
        axes.quiver(*grid, *arrows / length, color=FAINT, pivot="mid", **ARROWS)
        axes.plot(*path.T, color=COLOURS["vermillion"], linewidth=1.2)
        axes.plot(0, 0, "P", color=COLOURS["blue"], markersize=9)
        axes.plot(*path[-1], "o", color=COLOURS["black"], markersize=5)
        axes.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="θ (place of fakes)", title=title)
        axes.set_aspect("equal")
    places[0].set_ylabel("ψ (slope of D)")
    return figure


def chase(paths: Mapping[str, tuple], every: int, limits: tuple) -> list[Figure]:
    """Return the frames of an animation: dots that move along paths.

    Args:
        paths: {name: (path (steps, 2), colour name)}, all of one length.
        every: steps from one frame to the next.
        limits: lowest and highest coordinate of both axes.
    """
    frames = []
    for step in range(0, len(next(iter(paths.values()))[0]), every):
        # Axes at fixed places: frames agree.
        figure, (axes,) = new_figure(5.6, 3.6, layout="none")
        figure.subplots_adjust(left=0.13, right=0.68, bottom=0.15, top=0.9)
        for name, (path, colour) in paths.items():
            axes.plot(*path[: step + 1].T, color=COLOURS[colour], linewidth=1)
            axes.plot(*path[step], "o", color=COLOURS[colour], label=name)
        axes.plot(0, 0, "P", color=COLOURS["black"], label="goal")
        axes.set(xlim=limits, ylim=limits, xlabel="θ", ylabel="ψ", aspect="equal")
        axes.set_title(f"step {step}")
        _name_beside(axes)
        frames.append(figure)
    return frames


def plan(a: np.ndarray, b: np.ndarray, moved: np.ndarray) -> Figure:
    """Show a transport plan: real points, fake points, a line for each moved mass.

    Args:
        a, b: real and fake points, (n, 2).
        moved: mass from a[i] to b[j], (n, n), see `theory.divergences`.
    """
    figure, (axes,) = new_figure(8, 3)
    for i, j in zip(*np.nonzero(moved > 1e-9), strict=True):
        axes.plot(*np.stack([a[i], b[j]]).T, color=FAINT, linewidth=1, zorder=0)
    axes.scatter(*np.transpose(a), color=COLOURS["real"], label="real")
    axes.scatter(*np.transpose(b), color=COLOURS["fake"], marker="x", label="fake")
    axes.set(xlabel="$x_1$", ylabel="$x_2$", title="The cheapest plan")
    _name_beside(axes)
    return figure


def snapshots(
    panels: Mapping[str, np.ndarray], centres: np.ndarray, std: float, columns: int = 4
) -> Figure:
    """Show sets of 2-D samples over the clusters of the data, and count the modes.

    A grey circle of 3 standard deviations is a cluster; a sample inside is a hit. The
    title counts clusters with a hit, among all samples; 200 of them are drawn.

    Args:
        panels: name → samples (n, 2); the names stand above, row by row.
        centres: of the clusters, (m, 2); they set the limits of the axes.
        std: standard deviation of a cluster along each axis.
        columns: panels in a row.
    """
    rows = -(-len(panels) // columns)
    options = {"rows": rows, "sharex": True, "sharey": True}
    figure, places = new_figure(9, 0.6 + 2.75 * rows, columns, **options)
    reach = 1.4 * np.abs(centres).max()
    for axes, (name, samples) in zip(places, panels.items(), strict=False):
        ways = np.linalg.norm(samples[:, None] - centres, axis=-1)
        hit = ways.min(axis=1) <= 3 * std
        found = len(np.unique(ways.argmin(axis=1)[hit]))
        for centre in centres:
            axes.add_patch(Circle(centre, 3 * std, color=FAINT, linewidth=0))
        dots = {"s": 2.5, "linewidths": 0}
        for kind, chosen in (("fake", ~hit), ("floor", hit)):
            some = samples[:SHOWN][chosen[:SHOWN]]
            axes.scatter(*some.T, color=COLOURS[kind], **dots)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set_title(f"{name}\n{found} of {len(centres)} modes", fontsize=10)
    for axes in places[-columns:]:
        axes.set_xlabel("$x_1$")
    for axes in places[::columns]:
        axes.set_ylabel("$x_2$")
    kinds = {"cluster": FAINT, "hit": COLOURS["floor"], "miss": COLOURS["fake"]}
    _explain(figure, kinds, "outside lower center")
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
    figure, (axes,) = new_figure(6.2, 4)
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
            axes.plot(*line, color=colour, linewidth=1.5, zorder=1)
    newest = max(int(row[0]) for row in FAMILY.values())
    axes.set_xticks([*years, late], [*years, newest])
    axes.set(yticks=[], ylim=(-3.7, 4.7), xlim=(2013.6, 2020.1), xlabel="year")
    axes.text(2019.3, -3.7, "//", ha="center", va="center", fontsize=14)
    axes.spines["left"].set_visible(False)
    shown = {family: COLOURS[name] for family, name in FAMILIES.items()}
    _explain(figure, shown, "outside lower center")
    return figure


def _explain(figure, colours, place):
    patches = [Patch(color=colour, label=name) for name, colour in colours.items()]
    figure.legend(handles=patches, loc=place, ncols=len(patches), frameon=False)


def _name_beside(axes):
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
