"""Answers to chapter 11's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


ANSWERS = {
    "Exercise 1": {
        "right": [
            "forward = 2_457_600 + 13_107_200 + 16_384\ngflop = 896 * forward / 1e9",
            "forward = 15_581_184\ngflop = 13.96",
            "forward = 75 * 32 * 1_024 + 800 * 64 * 256 + 16 * 16 * 64\n"
            "gflop = np.array([2 * 64 * (3 + 3 + 1) * forward * 1e-9])",
            "forward = sum(\n    np.prod(layer.kernel.shape) * places ** 2 for layer, "
            "places in zip(\n        [layers.Conv2D(32, 5), layers.Conv2D(64, 5)], "
            "(32, 16)) if layer.build((1, 64, 64, 3 if places > 16 else 32)) is None)\n"
            "forward = tf.constant(float(forward)) + 16 * 16 * 64\n"
            "gflop = forward * 896 / 1e9",
        ],
        "wrong": [
            # at the input's positions
            "forward = 75 * 32 * 64**2 + 800 * 64 * 32**2 + 16_384\n"
            "gflop = 896 * forward / 1e9",
            # one input channel only
            "forward = 25 * 32 * 32**2 + 25 * 64 * 16**2 + 16_384\n"
            "gflop = 896 * forward / 1e9",
            # the weights, each once
            "forward = 75 * 32 + 800 * 64 + 16_384\ngflop = 896 * forward / 1e9",
            # products without sums
            "forward = 15_581_184\ngflop = 7 * 64 * forward / 1e9",
            # three passes, as of G
            "forward = 15_581_184\ngflop = 2 * 64 * 3 * forward / 1e9",
            # without the Dense layer
            "forward = 15_564_800\ngflop = 896 * forward / 1e9",
            # of one picture
            "forward = 15_581_184\ngflop = 14 * forward / 1e9",
            # in FLOP
            "forward = 15_581_184\ngflop = 896 * forward",
            # without padding
            "forward = 75 * 32 * 30**2 + 800 * 64 * 13**2 + 13**2 * 64\n"
            "gflop = 896 * forward / 1e9",
            # without the pass that carries the gradient to G
            "forward = 15_581_184\ngflop = 2 * 64 * 6 * forward / 1e9",
            # grey pictures
            "forward = 25 * 32 * 1_024 + 800 * 64 * 256 + 16_384\n"
            "gflop = 896 * forward / 1e9",
            # odd types
            "forward, gflop = '15_581_184', '13.96'",
            "forward, gflop = float('nan'), float('nan')",
            "forward, gflop = np.zeros((3, 2)), [1, 2, 3]",
        ],
    },
    "Exercise 2": {
        "right": function(
            "save(path, arrays)",
            "beside = path.parent / ('tmp_' + path.name)\n"
            "np.savez(beside, **arrays)\nbeside.replace(path)",
            "beside = str(path) + '.part'\nwith open(beside, 'wb') as file:\n"
            "    np.savez(file, **arrays)\nos.rename(beside, path)",
            "ready = {k: np.asarray(v) for k, v in arrays.items()}\n"
            "np.savez(path.parent / 'half.npz', **ready)\n"
            "os.replace(path.parent / 'half.npz', path)",
            "import tempfile\n"
            "with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:\n"
            "    np.savez_compressed(file, **arrays)\n"
            "os.replace(file.name, path)",
            "import io\nbuffer = io.BytesIO()\nnp.savez(buffer, **arrays)\n"
            "beside = path.with_suffix('.part')\n"
            "beside.write_bytes(buffer.getvalue())\nreturn beside.rename(path)",
        ),
        "wrong": function(
            "save(path, arrays)",
            "np.savez(path, **arrays)",
            "path.unlink()\nnp.savez(path, **arrays)",
            # a copy of the old file, and the new one in its place
            "path.with_suffix('.bak').write_bytes(path.read_bytes())\n"
            "np.savez(path, **arrays)",
            # whole in a second file, then copied into the first
            "beside = path.with_name('new.npz')\nnp.savez(beside, **arrays)\n"
            "path.write_bytes(beside.read_bytes())",
            # the old file goes first
            "os.replace(path, path.with_name('kept.npz'))\nnp.savez(path, **arrays)",
            # the errors are hidden
            "try:\n    np.savez(path, **arrays)\nexcept ZeroDivisionError:\n    pass",
            # never renamed
            "np.savez(path.with_name('new.npz'), **arrays)",
            # for a moment there is no file
            "beside = path.with_name('new.npz')\nnp.savez(beside, **arrays)\n"
            "path.unlink()\nbeside.rename(path)",
            "beside = path.with_name('new.npz')\nnp.savez(beside, **arrays)\n"
            "path.unlink(), beside.rename(path)",  # in one line
            "import io\nbuffer = io.BytesIO()\nnp.savez(buffer, **arrays)\n"
            "path.unlink()\npath.write_bytes(buffer.getvalue())",
            "os.replace(path, path.with_name('kept.npz'))\ntry:\n"
            "    np.savez(path, **arrays)\nexcept BaseException:\n"
            "    os.replace(path.with_name('kept.npz'), path)",
            # the old numbers again
            "beside = path.with_name('new.npz')\n"
            "beside.write_bytes(path.read_bytes())\nos.replace(beside, path)",
            # one of the arrays only
            "beside = path.with_name('new.npz')\nnp.savez(beside, *arrays.values())\n"
            "os.replace(beside, path)",
            "return path",
            "return 1 / 0",
        ),
    },
    "Exercise 3": {
        "right": ['choice = "c"', "choice = 'C'", 'choice = " c "'],
        "wrong": [
            'choice = "a"',
            'choice = "b"',
            'choice = ""',
            'choice = "d"',
            'choice = "b, c"',
        ],
    },
    "Exercise 4": {
        "right": function(
            "stop(values)",
            "return len(values) > 10 and min(values[-8:]) > min(values)",
            "best = min(values)\nreturn values[-1] > 1.6 * best",
            "a = np.array(values)\nreturn a.size > 6 and np.median(a[-5:]) > "
            "1.7 * a.min()",
            "return tf.constant(len(values) - 1 - int(np.argmin(values)) > 7)",
            # None where it goes on
            "if len(values) - int(np.argmin(values)) > 9:\n    return True",
            "smooth = np.convolve(values, np.ones(5) / 5, 'valid')\n"
            "return smooth.size > 0 and smooth[-1] > 1.3 * smooth.min()",
        ),
        "wrong": function(
            "stop(values)",
            "return False",
            "return True",
            "return len(values) > 1 and values[-1] > values[-2]",  # chance
            "return len(values) >= 30",  # a fixed number
            "return len(values) - 1 - int(np.argmin(values)) >= 1",  # no patience
            "return len(values) >= 12",
            "return values[-1] < 10",  # good enough
            "return len(values) - 1 - int(np.argmin(values)) >= 35",  # too patient
            "return len(values) > 12 and values[-1] > 25",  # of one scale only
            "return len(values) > 12 and values[-1] > 1.05 * values[-2]",  # chance
            "return len(values) == 40 and values[-1] > 2 * min(values)",  # at the end
            "return len(values) > 4 and values[-1] > np.mean(values[-5:])",
            "return values[-1] > values[0]",  # as bad as at the start
            "return min(values) < values[-1]",
            "return 'no'",
            "return float('nan')",
            "return None",
            "return values.pop(99)",
        ),
    },
}
