"""`python -m ganutils.sample`: any generator of the course to files, without code."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import soundfile
from keras import layers
from PIL import Image

from ganutils import training
from ganutils.audio import listening
from ganutils.kit import checks, runtime
from ganutils.sample import main, sample
from ganutils.training import conditions, latent

PICTURES = dict.fromkeys(("mnist", "digits"), (28, 28, 1))
PICTURES |= {"cifar10_automobiles": (32, 32, 3)}


def reader():
    """Return a G of points that reads one of three labels off z, in a sub-model."""
    z = keras.Input((4,))
    inner = keras.Model(z, layers.Concatenate()([latent.NoiseLabels((3,))(z), z]))
    again = keras.Input((4,))
    return keras.Model(again, layers.Dense(2)(inner(again)))


def pair():
    """Return a G of pictures that is told one of twelve labels."""
    ends = keras.Input((4,)), keras.Input((12,))
    x = layers.Dense(16, "tanh")(layers.Concatenate()([*ends]))
    return keras.Model([*ends], layers.Reshape((4, 4, 1))(x))


def plain(*shape, end="tanh", scale=1.0):
    dense = layers.Dense(int(np.prod(shape)), end, kernel_initializer="normal")
    network = keras.Sequential([keras.Input((4,)), dense, layers.Reshape(shape)])
    dense.kernel.assign(scale * dense.kernel)
    return network


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Save one generator of each kind, and what is none; return the folder."""
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("generators")
    made = {"pair": pair(), "reader": reader(), "points": plain(2, end=None)}
    made |= {"loud": plain(4, 4, 3, end=None, scale=90.0)}
    made |= {"nan": plain(4, 4, 1, scale=np.nan)}
    made["two_ends"] = keras.Model(z := keras.Input((4,)), [z, layers.Dense(2)(z)])
    for name, network in made.items():
        network.save(folder / f"{name}.keras")
    (folder / "text.keras").write_text("no network\nat all")
    return folder


def read(path):
    with np.load(path) as archive:
        return dict(archive)


def both_ways(name, folder):
    """Write three samples to an archive and to files; return them, files by name."""
    for out in ("a/b.npz", "c/d"):
        main([name, "--n", "3", "--seed", "1", "--out", str(folder / out)])
    assert os.listdir(folder / "a") == ["b.npz"] and os.listdir(folder / "c") == ["d"]
    return read(folder / "a/b.npz"), sorted((folder / "c/d").iterdir())


@pytest.mark.parametrize("name", PICTURES)
def test_bundled_generators_of_pictures_write_them(name, tmp_path):
    drawn, found = both_ways(name, tmp_path)
    assert list(drawn) == ["samples"] and drawn["samples"].shape == (3, *PICTURES[name])
    assert [p.name for p in found] == [f"seed1_000{i}.png" for i in range(3)]
    pixels = checks.from_unit_range(drawn["samples"]).squeeze()
    assert np.array_equal([np.asarray(Image.open(p)) for p in found], pixels)


@pytest.mark.parametrize("name", ["fsdd", "spoken_digits_tts"])
def test_bundled_generators_of_sounds_write_them(name, tmp_path):
    drawn, found = both_ways(name, tmp_path)
    assert drawn["samples"].shape == (3, 8192, 1) and list(drawn["labels"]) == [0, 1, 2]
    assert [p.name for p in found] == [f"seed1_000{i}_label{i}.wav" for i in range(3)]
    clips = [soundfile.read(p) for p in found]
    assert {rate for _, rate in clips} == {8000}
    assert {soundfile.info(p).subtype for p in found} == {"PCM_16"}
    heard = np.array([clip for clip, _ in clips])[..., None]
    assert np.abs(heard - drawn["samples"]).max() <= 1 / listening.FULL_SCALE


def told_gan():
    d = keras.Sequential([keras.Input((28,)), layers.Dense(1)])
    return training.ConditionalGAN(pair(), d, latent_dim=4)


def reading_gan():
    d, reads = keras.Sequential([keras.Input((5,)), layers.Dense(1)]), (3,)
    told = {"condition": conditions.NoiseLabels(reads)}
    return training.ConditionalGAN(reader(), d, latent_dim=4, **told)


@pytest.mark.parametrize("make", [told_gan, reading_gan])
@pytest.mark.parametrize("named", [[], [2], [2, 0]])
def test_samples_are_those_of_generate(make, named, tmp_path):
    gan, n = make(), 1030  # more than one batch
    path = training.save_generator(tmp_path / "g.keras", gan.ema_generator)
    labels = ["--labels", *map(str, named)] if named else []
    main([str(path), "--n", str(n), "--seed", "5", *labels, "--out", f"{path}.npz"])
    drawn, k = read(f"{path}.npz"), 12 if make is told_gan else 3
    expected = np.resize(named or np.arange(k), n)
    assert np.array_equal(drawn["labels"], expected)
    again = gan.generate(n, seed=5, labels=expected)
    assert np.array_equal(drawn["samples"], again) and drawn["samples"].dtype == "f4"


def test_samples_of_z_alone_are_those_of_generate():
    d = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    gan = training.GAN(plain(2, end=None), d, latent_dim=4)
    samples, labels = sample(gan.ema_generator, 5, seed=3)
    assert labels is None and np.array_equal(samples, gan.generate(5, seed=3))


def test_labels_stand_in_the_names_and_in_the_line(files, tmp_path, capsys):
    asked = ["--n", "3", "--labels", "11", "3", "--out", str(tmp_path / "new")]
    main([str(files / "pair.keras"), *asked])
    names = [f"seed0_000{i}_label{label}.png" for i, label in enumerate((11, 3, 11))]
    assert sorted(os.listdir(tmp_path / "new")) == names
    line = capsys.readouterr().out
    assert "labels: [3, 11]; seed 0; in" in line and line.count("\n") == 1


def test_what_a_file_cannot_hold_is_cut_off(files, tmp_path):
    loud = str(files / "loud.keras")
    main([loud, "--n", "1", "--out", str(tmp_path / "new")])
    main([loud, "--n", "1", "--out", str(tmp_path / "new.npz")])
    values = read(tmp_path / "new.npz")["samples"]
    pixels = np.asarray(Image.open(tmp_path / "new" / "seed0_0000.png"))
    assert np.abs(values).max() > 1
    assert np.array_equal(pixels, checks.from_unit_range(values[0].clip(-1, 1)))


WRONG = {
    "absent.keras": "No generator at '.*absent.keras'",
    "text.keras": r"Expected a generator \(.keras\).*text.keras.* 17 bytes",
    "two_ends.keras": r"Expected a generator of z.*\[\(None, 4\), \(None, 2\)\]",
    "nan.keras": "finite `samples`; received 256 values that are NaN",
    "points.keras --out new": r"pictures .* or clips .*samples of \(2,\).*in .npz",
    "pair.keras --n 0": "`n` to be a whole number ≥ 1; received 0",
    "pair.keras --seed -1": "`seed` to be a whole number ≥ 0; received -1",
    "pair.keras --labels 3 12": r"numbers from 0 to 11,.*received \[3, 12\]",
    "pair.keras --labels -1": r"from 0 to 11.*received \[-1\]",
    "pair.keras --n 1 --labels 3 7": r"from 0 to 11, one for all or 1 of.*\[3, 7\]",
    "reader.keras --labels 3": r"from 0 to 2,.*received \[3\]",
    "points.keras --labels 3": r"no `labels` for a generator of z alone.*\[3\]",
    "pair.keras --out a.zip": "a folder, or as a file in .npz; received '.*a.zip'",
    "pair.keras --out a.wav": "a folder, or as a file in .npz; received '.*a.wav'",
    "pair.keras --out plain": "a folder, or as a file in .npz; received '.*plain'",
    "pair.keras --out held.npz": "received '.*held.npz', a folder",
    "pair.keras --out old.npz": "nothing is yet; received '.*old.npz'. With --force",
    "pair.keras --out held": "nothing is yet; received '.*held'. With --force",
    "pair.keras --out plain/new": "Not a directory|Cannot write",
}


def old_things(folder):
    """Make a text file, an archive, a folder with a file, one that looks an archive."""
    for name in ("held", "held.npz"):
        (folder / name).mkdir()
        (folder / name / "mine.txt").write_text("mine")
    (folder / "plain").write_text("mine")
    (folder / "old.npz").write_text("mine")


def tree(folder):
    return {str(p): p.is_dir() or p.read_text() for p in folder.rglob("*")}


@pytest.mark.parametrize("line", WRONG)
def test_what_cannot_be_done_is_said_in_one_line(line, files, tmp_path):
    old_things(tmp_path)
    before, (name, *options) = tree(tmp_path), line.split()
    options = options if "--out" in options else [*options, "--out", "new.npz"]
    options[-1] = str(tmp_path / options[-1])
    with pytest.raises(SystemExit, match=f"^error: .*({WRONG[line]})") as stopped:
        main([str(files / name), *options])
    assert "\n" not in stopped.value.code and tree(tmp_path) == before


@pytest.mark.parametrize("name", ["features_mnist.keras", "features_fsdd.keras"])
def test_a_network_of_samples_is_no_generator(name, tmp_path):
    with pytest.raises(SystemExit, match="Expected a generator of z"):
        main([str(runtime.bundled(name)), "--out", str(tmp_path / "new")])


def test_an_unknown_name_lists_the_bundled_ones(tmp_path):
    with pytest.raises(SystemExit, match="one of .*'mnist', .*received 'faces'"):
        main(["faces", "--out", str(tmp_path / "new")])


def test_force_overwrites_its_own_names_and_leaves_others(files, tmp_path):
    old_things(tmp_path)
    name, held = str(files / "pair.keras"), tmp_path / "held"
    (held / "seed0_0001_label1.png").write_text("old")
    main([name, "--n", "2", "--out", str(held), "--force"])
    main([name, "--n", "2", "--out", str(tmp_path / "old.npz"), "--force"])
    names = ["mine.txt", "seed0_0000_label0.png", "seed0_0001_label1.png"]
    assert sorted(os.listdir(held)) == names
    assert (held / "mine.txt").read_text() == "mine"
    assert Image.open(held / names[2]).size == (4, 4)
    assert read(tmp_path / "old.npz")["samples"].shape == (2, 4, 4, 1)


def test_an_empty_folder_is_filled_and_the_home_is_found(files, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "v1.0").mkdir()
    main([str(files / "pair.keras"), "--n", "2", "--out", "~/v1.0"])
    assert len(os.listdir(tmp_path / "v1.0")) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left")])
@pytest.mark.parametrize("out", ["new", "empty"])
def test_what_is_stopped_leaves_nothing(error, out, files, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    write, written = Image.Image.save, []

    def stop(self, path):
        write(self, path)
        written.append(path)
        if len(written) == 3:
            raise error

    monkeypatch.setattr(Image.Image, "save", stop)
    with pytest.raises(SystemExit, match="^stopped|^error: .*No space left"):
        main([str(files / "pair.keras"), "--out", str(tmp_path / out)])
    assert tree(tmp_path) == {str(tmp_path / "empty"): True}


@pytest.mark.parametrize(("n", "code"), [("2", 0), ("0", 1)])
def test_the_command_ends_with_a_code(n, code, tmp_path):
    command = [
        sys.executable,
        "-m",
        "ganutils.sample",
        "digits",
        "--n",
        n,
        "--out",
        "a",
    ]
    env = os.environ | {"PYTHONPATH": str(runtime.CLONE), "CUDA_VISIBLE_DEVICES": "-1"}
    options = {"cwd": tmp_path, "env": env, "capture_output": True, "text": True}
    done = subprocess.run(command, **options)
    assert done.returncode == code and (tmp_path / "a").is_dir() == (code == 0)
    assert len(done.stdout.splitlines()) == 1 - code
    assert len(done.stderr.splitlines()) == code


def test_a_number_that_is_none_ends_in_the_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["digits", "--n", "two", "--out", "a"])
    assert "argument --n: invalid int value: 'two'" in capsys.readouterr().err
