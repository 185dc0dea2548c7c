"""Feature networks: their files, what they take, and what their numbers tell apart."""

import dataclasses
import hashlib

import keras
import numpy as np
import pytest
from PIL import Image

import train_features
from ganutils import datasets, metrics
from ganutils.datasets import catalogue
from ganutils.kit import runtime
from ganutils.metrics import features

PARTS = (("train", 40), ("test", 20))


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def network():
    return features.load("digits")


@pytest.fixture(scope="module")
def real(network, data):
    return network.embed(data.x_train)


def test_stated_accuracy_is_the_measured_one(data, network):
    measured = network.measure_accuracy(data.x_test, data.y_test)
    assert measured == pytest.approx(features.ACCURACY["digits"], abs=0.5 / 359)
    assert measured >= 0.98


@pytest.mark.parametrize("name", sorted(features.ACCURACY))
def test_bundled_files_are_the_described_ones(name):
    path = runtime.bundled(f"features_{name}.keras")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = runtime.bundled("README.md").read_text(encoding="utf-8")
    assert digest in text
    assert f"{features.ACCURACY[name]:.2%}" in text
    assert path.stat().st_size < 700_000


def test_mnist_network_reads_the_other_digits(data):
    network = features.load("mnist")
    assert network.accuracy == features.ACCURACY["mnist"]
    assert 0.5 < network.measure_accuracy(data.x_test, data.y_test) < 1


def test_colour_network_takes_colour_images():
    network = features.load("cifar10")
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (3, 32, 32, 3)).astype("float32")
    assert network.accuracy == features.ACCURACY["cifar10"] >= 0.75
    assert network.embed(images).features.shape == (3, 64)
    assert network.embed(images).probabilities.shape == (3, 10)
    with pytest.raises(ValueError, match=r"\('n', 32, 32, 3\).*\(3, 32, 32, 1\)"):
        network.embed(images[..., :1])


def test_embedding(network, data):
    images = data.x_test[:7]
    embedding = network.embed(images)
    assert embedding.features.shape == (7, 64)
    assert embedding.features.dtype == embedding.probabilities.dtype == np.float32
    np.testing.assert_allclose(embedding.probabilities.sum(axis=1), 1, atol=1e-5)
    one_by_one = np.concatenate([network.embed(x[None]).features for x in images])
    np.testing.assert_allclose(one_by_one, embedding.features, rtol=1e-4, atol=1e-4)


def test_batches_keep_order_and_rest(network, data):
    n = 2 * 500 + 3
    embedding = network.embed(data.x_train[:n])
    assert len(embedding.features) == n
    last = network.embed(data.x_train[n - 1 : n]).features
    np.testing.assert_allclose(embedding.features[-1:], last, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "bad, message",
    [
        (np.zeros((3, 28, 28), "float32"), r"shape .* received \(3, 28, 28\)"),
        (np.zeros((3, 32, 32, 1), "float32"), r"'n', 28, 28, 1\).*\(3, 32, 32, 1\)"),
        (np.zeros((3, 28, 28, 3), "float32"), r"received \(3, 28, 28, 3\)"),
        (np.zeros((3, 28, 28, 1), "uint8"), "uint8"),
        (np.full((3, 28, 28, 1), 255.0), "max=255.0"),
        (np.full((3, 28, 28, 1), np.nan), "NaN"),
        (np.zeros((0, 28, 28, 1), "float32"), "at least 1"),
    ],
)
def test_bad_images(network, real, bad, message):
    with pytest.raises(ValueError, match=message) as error:
        features.compare(network, {"from step 9": bad}, real)
    assert "`from step 9`" in str(error.value)


def test_truncated_file(tmp_path):
    path = tmp_path / "half.keras"
    path.write_bytes(runtime.bundled("features_digits.keras").read_bytes()[:100_000])
    with pytest.raises(ValueError, match=r"half\.keras.*100,000 bytes"):
        features.load("digits", path)


def test_file_of_something_else(tmp_path):
    path = tmp_path / "other.keras"
    layers = [keras.Input((2,)), keras.layers.Dense(1)]
    keras.Sequential(layers, name="mine").save(path)
    with pytest.raises(
        ValueError, match=r"other\.keras.* holds the model 'mine' without"
    ):
        features.load("digits", path)
    path.write_text("not a model")
    with pytest.raises(ValueError, match=r"other\.keras.* cannot load"):
        features.load("digits", path)


def test_missing_file_and_unknown_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="No feature network at .*none.keras"):
        features.load("digits", tmp_path / "none.keras")
    known = r"'digits', 'fsdd', 'mnist', 'spoken_digits_tts'\]; received 'faces'"
    with pytest.raises(ValueError, match=known):
        features.load("faces")


def test_quality_is_the_measures_on_the_features(network, data, real):
    fake = network.embed(data.x_test)
    q = features.quality(network, data.x_test, real.part(np.arange(359)))
    f, r = fake.features, real.features[:359]
    assert q.n == 359
    assert q.frechet == pytest.approx(metrics.frechet_distance(r, f), rel=1e-6)
    assert q.kernel == pytest.approx(metrics.kernel_distance(r, f), rel=1e-6)
    assert (q.precision, q.recall) == metrics.precision_recall(r, f)
    assert (q.density, q.coverage) == pytest.approx(metrics.density_coverage(r, f))
    score = metrics.inception_score(fake.probabilities)
    assert q.inception_score == pytest.approx(score, rel=1e-6)


def test_confidence_and_class_shares(network, data, real):
    sevens = data.x_test[data.y_test == 7]
    q = features.quality(network, sevens, real)
    assert q.class_shares.shape == (10,) and q.class_shares.sum() == pytest.approx(1)
    assert q.class_shares[7] > 0.9 and q.rarest_class == 0
    highest = network.embed(sevens).probabilities.max(axis=1)
    assert q.confidence == pytest.approx(highest.mean(), rel=1e-6)


def test_quality_draws_n_by_seed(network, real):
    def frechet(seed):
        return features.quality(network, real, real, n=100, seed=seed).frechet

    assert frechet(0) == frechet(0) > 0
    assert frechet(0) != frechet(1)


@pytest.mark.parametrize("n", [5, 360, 10.5])
def test_bad_n(network, data, real, n):
    with pytest.raises(ValueError, match=f"6 ≤ n ≤ 359.*received n={n}"):
        features.quality(network, data.x_test, real, n=n)


def test_compare_stands_beside_the_floor(network, data, real):
    rng = np.random.default_rng(0)
    noise = rng.uniform(-1, 1, (300, 28, 28, 1)).astype("float32")
    one = data.x_test[data.y_test < 2]
    result = features.compare(network, {"noise": noise, "two": one}, real, n=60)
    mean = result.mean
    assert list(mean) == ["real", "noise", "two"]
    assert 3 * mean["real"].frechet < mean["two"].frechet < mean["noise"].frechet
    assert mean["real"].recall > 0.7 > 0.4 > mean["two"].recall
    assert mean["two"].precision > 0.8 and mean["noise"].recall < 0.05
    assert mean["noise"].n == 60 and mean["noise"].confidence > 0.9  # sure of noise


def test_compare_is_mean_and_spread_over_seeds(network, real):
    floor, spread = metrics.floor(
        metrics.frechet_distance, real.features, n=100, seeds=[3, 4, 5]
    )
    result = features.compare(network, {}, real, n=100, seeds=[3, 4, 5])
    assert result.mean["real"].frechet == pytest.approx(floor, rel=1e-6)
    assert result.spread["real"].frechet == pytest.approx(spread, rel=1e-6)
    assert result.mean["real"].class_shares.sum() == pytest.approx(1)


def test_compare_prints_an_aligned_table(network, real):
    first = real.part(np.arange(400))
    text = str(features.compare(network, {"same again": first}, real, n=200))
    *rows, caption = text.splitlines()
    assert rows[0].split("   ")[-1].endswith("same again") and len(rows) == 10
    assert len({len(row) for row in rows}) == 1
    assert caption.startswith("n = 200 on each side, mean ± standard deviation over 3")
    assert "digits network (98.33%" in caption


def test_cells_are_rounded_to_the_spread():
    assert features._cell(0.99321, 0.00104) == "0.9932 ± 0.0010"
    assert features._cell(4337.2, 10.3) == "4,337 ± 10"
    assert features._cell(-0.104, 0.2) == "-0.10 ± 0.20"
    assert features._cell(0.5, 0.0) == "0.500 ± 0.000"


def test_compare_refuses_one_seed_and_a_set_called_real(network, real):
    with pytest.raises(ValueError, match="received 1 seeds"):
        features.compare(network, {}, real, seeds=[0])
    with pytest.raises(ValueError, match="called 'real'"):
        features.compare(network, {"real": real}, real)


def test_shifts_move_an_image_by_two_pixels_at_most():
    images = np.full((200, 28, 28, 1), -1.0, "float32")
    images[:, 14, 14] = 1.0
    moved = train_features.shifted(images, np.random.default_rng(0))
    assert moved.shape == images.shape
    _, row, column, _ = np.nonzero(moved > 0)
    assert (row.min(), row.max()) == (column.min(), column.max()) == (12, 16)


def test_colour_is_shifted_into_a_reflection():
    rows = np.linspace(-1, 1, 32, dtype="float32")
    images = np.broadcast_to(rows[:, None, None], (100, 32, 32, 3))
    moved = train_features.shifted(images, np.random.default_rng(0))
    assert moved.shape == images.shape and (moved == moved[:, :, :1, :1]).all()
    found = {tuple(column) for column in moved[:, :, 0, 0]}
    reflected = np.concatenate([rows[2:0:-1], rows, rows[-2:-4:-1]])
    assert found == {tuple(reflected[i : i + 32]) for i in range(5)}


def test_half_of_the_images_is_mirrored():
    images = np.random.default_rng(1).uniform(-1, 1, (400, 4, 6, 3))
    result = train_features.flipped(images, np.random.default_rng(0))
    same = (result == images).all(axis=(1, 2, 3))
    mirrored = (result == np.flip(images, axis=2)).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all() and 160 < mirrored.sum() < 240  # 200 ± 4 σ


def test_a_limit_draws_images_with_their_labels(data):
    few = train_features.some(data, 10, seed=0)
    assert few.x_train.shape == (10, 28, 28, 1) and few.x_test is data.x_test
    for image, label in zip(few.x_train, few.y_train, strict=True):
        found = (data.x_train == image).all(axis=(1, 2, 3))
        assert label in data.y_train[found]


def test_digits_are_never_mirrored(monkeypatch, data):
    monkeypatch.setattr(train_features, "flipped", lambda *_: pytest.fail("mirrored"))
    few = train_features.some(data, 10, seed=0)
    train_features.train(few, seed=0, epochs=1)
    few = dataclasses.replace(few, name="fashion_mnist")
    with pytest.raises(pytest.fail.Exception, match="mirrored"):
        train_features.train(few, seed=0, epochs=1)


@pytest.mark.parametrize(
    "shape, weights", [((28, 28, 1), 57_114), ((32, 32, 3), 142_890)]
)
def test_networks_are_small(shape, weights):
    network = train_features.build(shape, 10)
    assert network.count_params() == weights <= 150_000
    assert network.input_shape == (None, *shape)
    shapes = {name: output.shape for name, output in network.output.items()}
    assert shapes == {"features": (None, 64), "probabilities": (None, 10)}


@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10"])
def test_training_on_a_named_set(name, tmp_path, monkeypatch, capsys):
    shape, rng = catalogue.RECIPES[name].shape, np.random.default_rng(0)
    small = dataclasses.replace(catalogue.RECIPES[name], counts=(40, 20))
    monkeypatch.setitem(catalogue.RECIPES, name, small)
    monkeypatch.setenv("GANUTILS_DATA_DIR", str(tmp_path))
    arrays = {f"x_{p}": rng.integers(0, 256, (n, *shape), np.uint8) for p, n in PARTS}
    arrays |= {f"y_{p}": np.arange(n, dtype=np.uint8) % 10 for p, n in PARTS}
    np.savez(tmp_path / f"{name}.npz", **arrays)
    out = str(tmp_path / "mine.keras")
    train_features.main([name, "--epochs", "1", "--limit", "30", "--out", out])
    printed = capsys.readouterr().out
    assert "GANUTILS_DATA_DIR" in printed and "on 20 test images" in printed
    assert features.load(name, out).model.input_shape[1:3] == shape[:2]


@pytest.fixture
def colour_folder(tmp_path):
    for part, count in PARTS:
        for i in range(count):
            name = catalogue.RECIPES["cifar10"].class_names[i % 10]
            file = tmp_path / "photos" / part / name / f"{i}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (32, 32), (6 * i, 20 * (i % 10), 0)).save(file)
    return tmp_path / "photos"


def test_training_on_a_folder(colour_folder, tmp_path, capsys):
    out = tmp_path / "mine.keras"
    command = ["cifar10", "--folder", str(colour_folder), "--epochs", "2"]
    train_features.main([*command, "--out", str(out)])
    printed = capsys.readouterr().out
    assert "images of photos, 0 entries skipped" in printed
    assert "Epoch 2/2" in printed and "Epoch 3/3" not in printed
    network = features.load("cifar10", out)
    data = train_features.read_folder("cifar10", colour_folder)
    accuracy = network.measure_accuracy(data.x_test, data.y_test)
    assert f"mine.keras: accuracy {accuracy:.4f} on 20 test images" in printed


def test_folder_keeps_the_classes_of_the_set(colour_folder):
    data = train_features.read_folder("cifar10", colour_folder)
    assert data.x_train.shape == (40, 32, 32, 3) and data.name == "cifar10"
    green = datasets.from_unit_range(data.x_train[:, 16, 16, 1]).astype(int)
    assert abs(green - 20 * data.y_train).max() <= 4  # as JPEG rounds
    (colour_folder / "test" / "frog").rename(colour_folder / "test" / "toad")
    with pytest.raises(ValueError, match=r"photos.test'.*'frog'.*received.*'toad'"):
        train_features.read_folder("cifar10", colour_folder)


def test_training_writes_what_load_reads(tmp_path, monkeypatch, data):
    small = dataclasses.replace(
        data, x_train=data.x_train[:256], y_train=data.y_train[:256]
    )
    monkeypatch.setitem(train_features.EPOCHS, "digits", 1)
    one, two = (train_features.train(small, seed) for seed in (1, 2))
    one.save(tmp_path / "one.keras")
    network = features.load("digits", tmp_path / "one.keras")
    assert network.accuracy is None
    assert network.measure_accuracy(data.x_test, data.y_test) == network.accuracy < 1
    gap = np.abs(one.get_weights()[0] - two.get_weights()[0])
    assert gap.max() > 0.1  # two steps move a weight by 0.004: these began apart
