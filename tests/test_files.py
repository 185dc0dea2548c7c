"""Files are whole or absent; a wrong file is named and changes nothing."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tiny

from ganutils import training
from ganutils.kit import files


@pytest.fixture
def saved(tmp_path):
    gan = tiny.gan()
    gan.save_checkpoint(tmp_path / "gan.npz")
    return tmp_path / "gan.npz"


def test_round_trip_restores_every_variable(saved):
    gan = tiny.gan(seed=9)
    gan.fit(tiny.real_samples(), steps_per_epoch=3, verbose=0)
    assert gan.load_checkpoint(saved) == 0
    assert all(tiny.same(tiny.values(gan.state()), tiny.values(tiny.gan().state())))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_checkpoint_is_named_and_changes_nothing(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    gan = tiny.gan(seed=9)
    before = tiny.values(gan.state())
    with pytest.raises(ValueError, match=r"gan\.npz.*truncated"):
        gan.load_checkpoint(saved)
    assert all(tiny.same(before, tiny.values(gan.state())))


def test_a_flipped_byte_is_noticed(saved):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    saved.write_bytes(content)
    with pytest.raises(ValueError, match=r"gan\.npz"):
        tiny.gan().load_checkpoint(saved)


def test_a_checkpoint_of_other_networks_is_refused(saved):
    variables = keras.Sequential([keras.Input((3,)), keras.layers.Dense(9)]).variables
    with pytest.raises(ValueError, match=r"holds \d+ variables \(here: 2\)"):
        files.load_variables(saved, variables)


def test_no_checkpoint_and_a_wrong_suffix(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.npz"):
        tiny.gan().load_checkpoint(tmp_path / "nothing.npz")
    with pytest.raises(ValueError, match="weights.h5"):
        tiny.gan().save_checkpoint(tmp_path / "gan.weights.h5")


def test_an_archive_with_pickles_is_refused(tmp_path):
    np.savez(tmp_path / "bad.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        tiny.gan().load_checkpoint(tmp_path / "bad.npz")


def test_an_interrupted_write_leaves_the_old_file(saved):
    old = saved.read_bytes()

    def stop_half_way(path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(saved, stop_half_way)
    assert saved.read_bytes() == old
    assert [p.name for p in saved.parent.iterdir()] == ["gan.npz"]


def test_a_full_disk_is_reported_and_leaves_the_old_file(tmp_path):
    code = """
import resource, signal, sys
import numpy as np
from ganutils.kit import files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
files.write_atomically(sys.argv[1], lambda p: p.write_text("old"))
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
files.write_atomically(sys.argv[1], lambda p: p.write_bytes(bytes(99999)))
"""
    target = tmp_path / "file.bin"
    command = [sys.executable, "-c", code, target]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert "Cannot write the file (File too large)" in run.stderr
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="Cannot write the file"):
        files.write_atomically(tmp_path / "file" / "x.npz", lambda p: None)


def test_a_generator_loads_without_the_package(tmp_path):
    generator, z = tiny.generator(), np.ones((4, 3), "float32")
    path = training.save_generator(tmp_path / "generator.keras", generator)
    code = (
        "import sys, keras, numpy as np; g = keras.models.load_model(sys.argv[1]);"
        "print(g(np.ones((4, 3), 'float32')).numpy().tobytes().hex(),"
        "any(m.split('.')[0] == 'ganutils' for m in sys.modules))"
    )
    command = [sys.executable, "-c", code, path]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    expected = generator(z, training=False).numpy().tobytes().hex()
    assert run.stdout.split() == [expected, "False"]


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", None])
def test_a_foreign_or_truncated_generator_is_named(tmp_path, content):
    path = training.save_generator(tmp_path / "generator.keras", tiny.generator())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match=r"generator\.keras.*bytes"):
        training.load_generator(path)


def test_read_model_names_what_is_missing_and_how_to_mend_it(tmp_path):
    path = tmp_path / "judge.keras"
    with pytest.raises(FileNotFoundError, match=r"No judge at .*judge\.keras"):
        files.read_model(path, "judge", "Ask another.")
    path.write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"a judge .* 8 bytes, .* Ask another\.$"):
        files.read_model(str(path), "judge", "Ask another.")


def test_a_model_of_something_else_is_no_generator(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    path = training.save_generator(tmp_path / "other.keras", model)
    with pytest.raises(ValueError, match=r"\(None, 8, 8, 1\)"):
        training.load_generator(path)


def test_code_inside_a_model_file_is_refused(tmp_path):
    code = keras.layers.Lambda(lambda x: x)
    path = tmp_path / "code.keras"
    keras.Sequential([keras.Input((3,)), code]).save(path)
    with pytest.raises(ValueError, match="(?i)lambda|safe_mode|unsafe"):
        training.load_generator(path)
