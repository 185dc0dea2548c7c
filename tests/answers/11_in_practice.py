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
        ),
    },
}
