"""Figures hold what they were given; GIFs stay small; bad input is named."""

import io
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from ganutils import plotting
from ganutils.plotting import curves, images, style

RNG = np.random.default_rng(0)
ROWS = [{"step": i, "d_loss": 1.2, "g_loss": 0.8} for i in range(1, 101)]
RING = RNG.normal(size=(9, 2))
GREY = RNG.uniform(-1, 1, (10, 6, 6, 1)).astype("float32")


def png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


def circles(frames=5, size=64, colours=("black",)):
    figures = [style.new_figure(size / 80, 0.8, layout="none") for _ in range(frames)]
    for i, (_, (axes,)) in enumerate(figures):
        axes.set_axis_off()
        axes.scatter(0, 0, s=(5 * i + 3) ** 2, color=colours[i % len(colours)])
    return [figure for figure, _ in figures]


def field(points, training):
    return points[:, :1]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plotting.image_grid(GREY, columns=4, title="t", labels=["a", "b", "c"]),
        lambda: plotting.strip([(0, GREY[:4]), (500, GREY[:4])]),
        lambda: plotting.loss_curves(ROWS),
        lambda: plotting.measure_curve([1, 2], [3.0, 2.0], floor=1.0, log=True),
        lambda: plotting.scatter_field(RNG.normal(size=(5, 2)), RING, field),
        lambda: plotting.bars([0.2, 0.8], ["a", "b"], reference=0.5),
    ],
)
def test_a_figure_is_small_and_forgotten_by_pyplot(draw):
    open_before, style_before = plt.get_fignums(), dict(plt.rcParams)
    data = png(draw())
    assert plt.get_fignums() == open_before and dict(plt.rcParams) == style_before
    width, height = Image.open(io.BytesIO(data)).size
    assert 1_000 < len(data) < 60_000 and width <= 860 and height <= 600


def test_sixty_four_digits_fit_sixty_kilobytes():
    blobs = np.clip(4 * np.sin(GREY[:1, 0, 0, 0] + np.arange(64 * 784) / 9), -1, 1)
    assert len(png(plotting.image_grid(blobs.reshape(64, 28, 28, 1)))) < 60_000


def test_a_grid_is_one_picture_with_images_in_reading_order():
    images = np.linspace(-1, 1, 5).reshape(5, 1, 1, 1) * np.ones((1, 4, 4, 3))
    picture = plotting.image_grid(images, columns=3).axes[0].images[0].get_array()
    assert picture.shape == (2 * 64 + 4, 3 * 64 + 2 * 4, 3)
    centres = [picture[y, x, 0] for y in (32, 100) for x in (32, 100, 168)]
    assert np.abs(np.array(centres[:5], int) - [0, 64, 128, 191, 255]).max() <= 5
    assert centres[5] == 255 and picture[0, 66, 0] == 255  # unused cell, gap


def test_a_pixel_of_the_picture_is_one_of_the_figure():
    for columns, size in ((4, 6), (12, 28), (8, 32)):
        figure = plotting.image_grid(RNG.uniform(-1, 1, (24, size, size, 3)), columns)
        figure.canvas.draw()
        seen = np.asarray(figure.canvas.buffer_rgba())[..., :3]
        np.testing.assert_array_equal(seen, figure.axes[0].images[0].get_array())


def test_tiles_keep_colours():
    image = np.zeros((1, 2, 2, 3)) + [1.0, -1.0, 0.0]
    assert np.abs(images._tile(image, 1)[0, 0].astype(int) - [255, 0, 128]).max() < 5


def test_row_labels_stand_at_the_rows():
    figure = plotting.image_grid(GREY, columns=4, labels=["a", 2000, "c"])
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "2,000", "c"]
    assert axes.get_yticks().tolist() == [0, 1, 2] and axes.get_ylim() == (2.5, -0.5)


def test_a_strip_has_a_row_for_each_z_and_a_column_for_each_step():
    images = [np.full((3, 4, 4, 1), v) for v in (-1.0, 1.0)]
    axes = plotting.strip([(0, images[0]), (1500, images[1])]).axes[0]
    picture = axes.images[0].get_array()
    assert picture.shape == (3 * 64 + 2 * 4, 2 * 64 + 4, 3)
    assert (picture[:64, :64] == 0).all() and (picture[:64, 68:] == 255).all()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "1,500"]


def test_a_long_strip_keeps_the_first_and_the_last():
    axes = plotting.strip([(i, GREY[:2]) for i in range(40)]).axes[0]
    steps = [int(t.get_text()) for t in axes.get_xticklabels()]
    assert len(steps) == 12 and steps[0] == 0 and steps[-1] == 39
    assert set(np.diff(steps)) == {3, 4}


def test_a_plan_names_every_new_shape_and_what_made_it():
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, 2, padding="same"),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    axes = plotting.network_plan({"D": network}).axes[0]
    texts = [text.get_text() for text in axes.texts if text.get_text()]
    assert texts == ["8×8×1", "Conv2D", "4×4×4", "Flatten", "64", "Dense", "1"]
    assert axes.get_title(loc="left") == "D"


@pytest.mark.parametrize(
    "images, message",
    [
        (GREY[..., 0], r"\(n, height, width, channels\).*received \(10, 6, 6\)"),
        (GREY[:0], r"received shape \(0, 6, 6, 1\)"),
        (np.zeros((2, 4, 4, 2)), r"1 or 3 channels; received \(2, 4, 4, 2\)"),
        (np.where(GREY > 0.9, np.nan, GREY), "received [0-9]+ values that are NaN"),
        (np.full((1, 4, 4, 1), 255, "uint8"), "max=255.*datasets.to_unit_range"),
        (np.full((1, 4, 4, 1), -1.1), "min=-1.1"),
    ],
)
def test_bad_images_are_named(images, message):
    for draw in (plotting.image_grid, lambda x: plotting.strip([(0, x)])):
        with pytest.raises(ValueError, match=message):
            draw(images)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.image_grid(GREY, columns=0), "received 0"),
        (lambda: plotting.image_grid(GREY, labels=["a"]), "2 rows; received 1"),
        (lambda: plotting.strip([]), "received none"),
        (lambda: plotting.strip([(0, GREY), (1, GREY[:2])]), "one shape"),
        (lambda: plotting.loss_curves([]), "received none with step, d_loss"),
        (lambda: plotting.loss_curves([{"step": 1, "d_loss": 1.0}]), "with g_loss"),
        (lambda: plotting.measure_curve([1, 2], [1.0]), "received 1 and 2"),
        (lambda: plotting.scatter_field(np.zeros(3), RING, field), "`samples`"),
        (lambda: plotting.bars([1, 2], ["a"]), "received 1 and 1"),
    ],
)
def test_other_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def lines_at(axes, value):
    ends = [line.get_ydata() for line in axes.lines]
    return sum(len(y) == 2 and np.allclose(y, value) for y in ends)


@pytest.mark.parametrize("anchors, count", [(True, 1), (False, 0)])
def test_loss_curves_draw_ln_4_and_ln_2(anchors, count):
    axes = plotting.loss_curves(ROWS, anchors=anchors).axes[0]
    assert lines_at(axes, math.log(4)) == lines_at(axes, math.log(2)) == count
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["ln 4 = 1.39", "ln 2 = 0.69"] * count


def test_an_outlier_does_not_flatten_the_losses():
    spike = [{**row, "d_loss": 1e6 if row["step"] == 50 else 1.2} for row in ROWS]
    for broken in (spike, [{**ROWS[0], "d_loss": math.nan}, *ROWS]):
        axes = plotting.loss_curves(broken * 3).axes[0]
        assert np.isfinite(axes.get_ylim()).all()


def test_moving_average_by_hand():
    assert curves._moving_average(np.array([1.0, 3.0, 5.0, 7.0]), 2).tolist() == [
        1,
        2,
        4,
        6,
    ]
    assert curves._moving_average(np.array([1.0, 3.0]), 10).tolist() == [1, 2]
    with_gap = curves._moving_average(np.array([math.nan, 2.0, math.inf, 4.0]), 2)
    assert np.isnan(with_gap[0]) and with_gap[1:].tolist() == [2, 2, 4]


def test_the_floor_is_a_labelled_line():
    axes = plotting.measure_curve([0, 1000], [9.0, 2.0], 1.234, "distance").axes[0]
    assert lines_at(axes, 1.234) == 1 and axes.get_ylabel() == "distance"
    assert [text.get_text() for text in axes.texts] == ["real data: 1.23"]


def test_the_field_is_sigma_of_the_logit():
    seen = []

    def discriminator(points, training):
        seen.append((points, training))
        return 1000.0 * points[:, :1]  # σ must not overflow

    axes = plotting.scatter_field(GREY[:, 0, :2, 0], [[-1, -1], [1, 1]], discriminator)
    paths = axes.axes[0].collections[0].get_paths()
    filled = [i for i, path in enumerate(paths) if len(path.vertices)]
    assert len(paths) == 20 and filled[0] == 0 and filled[-1] == 19
    assert seen[0][0].dtype == "float32" and seen[0][1] is False


def test_scatter_draws_each_set_in_its_colour_at_equal_scale():
    corners = np.array([[-1, -1], [1, 1], [1, -1], [-1, 1.0]])
    axes = plotting.scatter_field(np.zeros((3, 2)), corners, field).axes[0]
    _, real, fake = axes.collections
    assert len(real.get_offsets()) == 4 and len(fake.get_offsets()) == 3
    assert axes.get_aspect() == 1.0 and axes.get_xlim() == axes.get_ylim() == (
        -1.5,
        1.5,
    )
    assert [t.get_text() for t in axes.get_legend().texts] == ["real", "fake"]


def test_bars_stand_beside_their_reference():
    axes = plotting.bars([0.2, 0.8], ["cat", "dog"], reference=[0.4, 0.6]).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0.2, 0.8]
    marks = [segment[0, 1] for segment in axes.collections[0].get_segments()]
    assert marks == [0.4, 0.6]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["cat", "dog"]


def test_a_gif_plays_every_frame_and_is_written(tmp_path):
    made = plotting.animation(circles(), tmp_path / "a.gif", frames_per_second=10)
    assert (tmp_path / "a.gif").read_bytes() == made.data == made._repr_png_()
    gif = Image.open(io.BytesIO(made.data))
    assert gif.format == "GIF" and gif.n_frames == made.frames == 5
    assert gif.size == made.size == (64, 64)
    assert gif.info["duration"] == 100 and gif.info["loop"] == 0


def test_a_gif_of_figures_has_their_size():
    figures = [plotting.bars([0.1 * i, 0.5], "ab") for i in (1, 2)]
    made = plotting.animation(figures)
    assert made.size == tuple(round(80 * inch) for inch in figures[0].get_size_inches())


def test_frames_keep_their_colours():
    frames = circles(2, colours=["#D55E00", "#0072B2"])
    gif = Image.open(io.BytesIO(plotting.animation(frames).data))
    for index, colour in enumerate([[213, 94, 0], [0, 114, 178]]):
        gif.seek(index)
        middle = np.asarray(gif.convert("RGB"))[32, 32].astype(int)
        assert np.abs(middle - colour).max() <= 4


def test_a_large_gif_gives_up_frames_but_not_the_last():
    whole = plotting.animation(circles(8), frames_per_second=10)
    half = plotting.animation(
        circles(8), frames_per_second=10, max_bytes=2 * len(whole.data) // 3
    )
    assert half.frames == 4 and len(half.data) < len(whole.data)
    last, first = (Image.open(io.BytesIO(gif.data)) for gif in (whole, half))
    assert first.info["duration"] == 200
    last.seek(7), first.seek(3)
    difference = np.asarray(last.convert("RGB"), int) - first.convert("RGB")
    assert np.abs(difference).max() < 20


@pytest.mark.parametrize(
    "frames, message",
    [
        ([], r"received \[\]"),
        ([np.zeros((4, 4, 3))], "'ndarray'"),
        (circles(2) + circles(2, size=70), r"'Figure\(64x64\)', 'Figure\(70x64\)'"),
    ],
)
def test_bad_frames_are_named(frames, message):
    with pytest.raises(ValueError, match=message):
        plotting.animation(frames)


def test_impossible_sizes_and_speeds_are_named():
    with pytest.raises(ValueError, match="fit 10 bytes; 2 of 5 take"):
        plotting.animation(circles(), max_bytes=10)
    with pytest.raises(ValueError, match="received 100"):
        plotting.animation(circles(), frames_per_second=100)
