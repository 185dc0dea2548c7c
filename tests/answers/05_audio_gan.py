"""Answers to chapter 5's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


PEAK = "np.abs(clip).max()"
RMS = "np.sqrt(np.mean(clip**2))"

ANSWERS = {
    "Exercise 1": {
        "right": function(
            "heard(frequency, rate)",
            "rest = frequency % rate\nreturn min(rest, rate - rest)",
            "while frequency > rate / 2:\n    frequency = abs(frequency - rate)\n"
            "return float(frequency)",
            "half = rate / 2\nreturn half - abs(frequency % rate - half)",
            "return rate * np.arccos(np.cos(2 * np.pi * frequency / rate)) / 2 / np.pi",
            "rest = np.array([frequency]) % rate\nreturn np.minimum(rest, rate - rest)",
        ),
        "wrong": function(
            "heard(frequency, rate)",
            "return rate - frequency",
            "return abs(rate - frequency)",
            "return frequency % rate",
            "return frequency % (rate / 2)",
            "return min(frequency, rate - frequency)",
            "return min(frequency, abs(rate - frequency))",
            "return frequency - rate / 2",
            "return min(frequency, rate / 2)",
            "return frequency",
            "return 1_000",
            "return rate / 2 - frequency % (rate / 2)",
            "return frequency if frequency < rate / 2 else rate - frequency",
            "return rate - frequency % rate",
            "return abs(frequency - 8_000 * round(frequency / 8_000))",
            "return frequency - rate * round(frequency / rate)",
            "return abs(frequency - rate * (frequency // rate))",
            "return abs(frequency - rate * np.ceil(frequency / rate))",
            "return abs(frequency - rate * round(frequency / rate)) / 1_000",
            "return f'{abs(frequency - rate * round(frequency / rate))} Hz'",
            "return abs(frequency - rate * round(frequency / rate)) + 1",
            "rest = frequency % rate\nreturn max(rest, rate - rest)",
        ),
    },
    "Exercise 2": {
        "right": [
            "convolutions, weights = 6, 25 * 128 * 64 + 64",
            "convolutions, weights = 6.0, np.float64(204_864)",
            "g = make_wavegan_generator(65_536, width=4)\n"
            "found = [x for x in g.layers if isinstance(x, layers.Conv1DTranspose)]\n"
            "convolutions, weights = len(found), found[0].count_params()",
            "convolutions, weights = 6, (25 * 128 + 1) * 64",
        ],
        "wrong": [
            f"convolutions, weights = {convolutions}, {weights}"
            for convolutions, weights in (
                (6, 204_800),  # no bias
                (6, 204_928),  # a bias a channel that comes in
                (6, 205_000),
                (6, 204_801),
                (5.997, 204_864),
                (7, 204_864),  # the Dense layer, too
                (5, 204_864),
                (8, 204_864),  # log 4 of all samples
                (16, 204_864),
                (6, 25 * 128 * 128 + 128),  # not halved
                (6, 25 * 256 * 128 + 128),  # one doubling too many
                (6, 25 * 64 * 32 + 32),
                (6, 25 * 2_048 * 1_024 + 1_024),  # width 64
                (6, 128 * 64 + 64),  # no kernel
                (6, 4 * 128 * 64 + 64),  # the stride
                (6, 25 * 25 * 128 * 64 + 64),  # 2-D
                (6, 25 * 16 * 128 * 64 + 64),  # for each sample
                (6, 25 * 100 * 128 + 128),  # of z
                (204_864, 6),
                ("'6'", "'204864'"),
            )
        ],
    },
    "Exercise 3": {
        "right": function(
            "shifted(x, shift)",
            "n = len(x)\ni = np.abs(np.arange(n) - shift)\n"
            "return x[np.where(i < n, i, 2 * (n - 1) - i)]",
            "if shift >= 0:\n"
            "    return np.pad(x, (shift, 0), mode='reflect')[: len(x)]\n"
            "return np.pad(x, (0, -shift), mode='reflect')[-shift:]",
            "left, right = max(shift, 0), max(-shift, 0)\n"
            "wide = np.pad(x, (left, right), 'reflect')\n"
            "return wide[right : right + len(x)].tolist()",
            "old = list(x)\nn = len(old)\nfor i in range(n):\n"
            "    j = abs(i - shift)\n    x[i] = old[j if j < n else 2 * n - 2 - j]\n"
            "return x",
        ),
        "wrong": function(
            "shifted(x, shift)",
            "return np.roll(x, shift)",
            *[
                f"e = abs(shift)\nreturn {wide}"
                for wide in (
                    "np.pad(x, e, mode='symmetric')[e - shift : e - shift + len(x)]",
                    "np.pad(x, e, mode='edge')[e - shift : e - shift + len(x)]",
                    "np.pad(x, e)[e - shift : e - shift + len(x)]",
                    "np.pad(x, e, mode='wrap')[e - shift : e - shift + len(x)]",
                    "np.pad(x, e, mode='reflect')[e + shift : e + shift + len(x)]",
                    "np.pad(x, e, mode='reflect')[: len(x)]",  # always to the right
                    "np.pad(x, e, mode='reflect')[2 * e :]",  # always to the left
                    "np.pad(x, e, mode='reflect')[e - shift :]",
                    "np.pad(x, e, mode='reflect')[e : e + len(x)]",
                    "np.pad(x, e, mode='reflect')",
                    "np.pad(x, 2, mode='reflect')[2 - shift : 2 - shift + len(x)]",
                    "np.pad(x, e, mode='reflect')[e - shift : e - shift + 8]",
                    "np.pad(np.arange(float(len(x))), e, mode='reflect')"
                    "[e - shift : e - shift + len(x)]",
                    "np.pad(x, e, mode='reflect')[e - shift - 1 :][: len(x)]",
                    "np.concatenate([x[:e][::-1], x])[: len(x)]",
                    "np.concatenate([x[1 : e + 1][::-1], x])[: len(x)]",
                    "x[np.abs(np.arange(len(x)) - shift)]",
                )
            ],
            "s = 2 if shift > 0 else -2 if shift else 0\n"
            "return np.pad(x, 2, mode='reflect')[2 - s : 2 - s + len(x)]",
            "return x + shift",
            "return x[::-1]",
            "return x",
        ),
    },
    "Exercise 4": {
        "right": function(
            "levels(clip)",
            f"return 20 * np.log10({PEAK}), 20 * np.log10({RMS})",
            "peak, power = np.max(clip**2), np.mean(clip**2)\n"
            "return [10 * np.log10(peak), 10 * np.log10(power)]",
            "clip *= clip\nreturn 10 * np.log10(np.array([clip.max(), clip.mean()]))",
            "x = tf.constant(clip)\n"
            "x = tf.stack([tf.reduce_max(tf.abs(x)), tf.norm(x) / len(clip) ** 0.5])\n"
            "return 20 * tf.math.log(x) / np.log(10)",
            "peak, rms = np.linalg.norm(clip, np.inf), np.sqrt((clip**2).mean())\n"
            "return librosa.amplitude_to_db(np.array([peak, rms]))",
        ),
        "wrong": function(
            "levels(clip)",
            *[
                f"return 20 * np.log10(np.array([{peak}, {rms}]))"
                for peak, rms in (
                    ("clip.max()", RMS),
                    ("-clip.min()", RMS),
                    ("(clip.max() - clip.min()) / 2", RMS),
                    ("(clip.max() - clip.min())", RMS),
                    (PEAK, "clip.std()"),
                    (PEAK, f"{PEAK} / 2**0.5"),
                    (PEAK, f"{PEAK} / 2"),
                    (PEAK, "np.mean(np.abs(clip))"),
                    (PEAK, "np.median(np.abs(clip))"),
                    (PEAK, "np.mean(clip**2)"),
                    (PEAK, "np.sqrt(np.sum(clip**2))"),
                    (PEAK, "np.mean(np.sqrt(np.abs(clip))) ** 2"),
                    (PEAK, "np.std(clip, ddof=1)"),
                    (PEAK, "np.linalg.norm(clip) / len(clip)"),
                    (PEAK, "np.abs(np.mean(clip))"),
                    (PEAK, "np.sqrt(np.median(clip**2))"),
                    (PEAK, "np.mean(clip) ** 2"),
                    (PEAK, PEAK),
                    (RMS, PEAK),
                    (f"{RMS} * 2**0.5", RMS),
                    ("np.quantile(np.abs(clip), 0.99)", RMS),
                    ("abs(clip.max())", RMS),
                    ("clip[np.abs(clip).argmin()]", RMS),
                    ("np.abs(clip.sum())", RMS),
                )
            ],
            f"return 10 * np.log10([{PEAK}, {RMS}])",
            f"return 20 * np.log([{PEAK}, {RMS}])",
            f"return 20 * np.log2([{PEAK}, {RMS}])",
            f"return -20 * np.log10([{PEAK}, {RMS}])",
            f"return {PEAK}, {RMS}",
            f"peak = 20 * np.log10({PEAK})\nreturn peak, peak - 3.0103",
            f"return 20 * np.log10({PEAK}), 10 * np.log10({RMS})",
            f"peak = {PEAK}\nreturn 0.0, 20 * np.log10({RMS} / peak)",
            f"return 20 * np.log10({PEAK})",
            "return -6.02, -9.03",
            f"return 20 * np.log10([[{PEAK}, {RMS}]])",
            f"return 20 * np.log10([{PEAK}, {RMS}]) + 90.3",  # to one step of 16 bits
        ),
    },
    "Exercise 5": {
        "right": function(
            "asked_for(z, sizes)",
            "a, b = sizes\nx, y = z[:, :a], z[:, a : a + b]\n"
            "return np.argmax(x, 1), np.argmax(y, 1)",
            "parts = np.split(z, np.cumsum(sizes), axis=1)[:2]\n"
            "return [[int(np.argmax(row)) for row in part] for part in parts]",
            "a, b = sizes\nreturn tf.stack([tf.argmax(z[:, :a], 1), "
            "tf.argmax(z[:, a : a + b], 1)])",
            "hot = conditions.NoiseLabels(sizes)(z).numpy()\n"
            "return hot[:, : sizes[0]].argmax(1), hot[:, sizes[0] :].argmax(1)",
            "z[:, sum(sizes) :] = -9\na = sizes[0]\n"
            "return np.argsort(z[:, :a])[:, -1], np.argsort(z[:, a:])[:, -1]",
        ),
        "wrong": function(
            "asked_for(z, sizes)",
            *[
                f"a, b = sizes\nreturn np.stack([{digit}, {speaker}])"
                for digit, speaker in (
                    ("z[:, :4].argmax(1)", "z[:, 4:7].argmax(1)"),
                    ("z[:, :10].argmax(1)", "z[:, 10:16].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, a:].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, b:].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, b : a + b].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, :b].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, -b:].argmax(1)"),
                    ("z[:, :a].argmax(1)", "a + z[:, a : a + b].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, a + 1 : a + b + 1].argmax(1)"),
                    ("z[:, :a].argmax(1)", "z[:, a : a + b + 1].argmax(1)"),
                    ("z[:, :a].argmax(1) + 1", "z[:, a : a + b].argmax(1) + 1"),
                    ("z[:, :a].argmin(1)", "z[:, a : a + b].argmin(1)"),
                    ("abs(z[:, :a]).argmax(1)", "abs(z[:, a : a + b]).argmax(1)"),
                    ("z[:, :a].max(1)", "z[:, a : a + b].max(1)"),
                    ("z[:, a : a + b].argmax(1)", "z[:, :a].argmax(1)"),
                    ("z[:, :b].argmax(1)", "z[:, b : a + b].argmax(1)"),
                    ("z.argmax(1) % a", "z.argmax(1) % b"),
                    ("z[:a].argmax(0)[:50]", "z[a : a + b].argmax(0)[:50]"),
                    ("np.zeros(50)", "np.zeros(50)"),
                )
            ],
            "a, b = sizes\nreturn z[:, :a].argmax(1)",
            "a, b = sizes\nreturn z[:, :a].argmax(), z[:, a : a + b].argmax()",
            "a, b = sizes\nreturn z[:, :a].argmax(0), z[:, a : a + b].argmax(0)",
            "a, b = sizes\nreturn np.stack([z[:, :a].argmax(1), "
            "z[:, a : a + b].argmax(1)], axis=1)",
            "return conditions.NoiseLabels(sizes)(z)",
        ),
    },
}
