"""Answers to chapter 6's exercises: `right` must pass, `wrong` must be refused."""

import hashlib


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


EPSILON = """
    shape = [tf.shape(real)[0]] + [1] * (len(real.shape) - 1)
    epsilon = tf.random.stateless_uniform(shape, seed)"""
BETWEEN = """
    between = epsilon * real + (1 - epsilon) * fake"""
SLOPE = """
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    slope = tape.gradient(scores, between)"""
LENGTH = """
    axes = list(range(1, len(real.shape)))
    length = tf.sqrt(tf.reduce_sum(slope**2, axis=axes) + 1e-12)"""
RESULT = """
    return tf.reduce_mean((length - 1) ** 2)"""


def penalty(e=EPSILON, b=BETWEEN, s=SLOPE, n=LENGTH, r=RESULT):
    """Return a penalty of these parts."""
    return "def penalty(critic, real, fake, seed):" + e + b + s + n + r


FLAT = """
    length = tf.norm(tf.reshape(slope, (len(slope), -1)) + 1e-9, axis=1)"""
GUARD = """
    squares = tf.reduce_sum(tf.reshape(slope, (len(slope), -1)) ** 2, axis=1)
    length = tf.sqrt(tf.maximum(squares, 1e-12))"""


def healthy_named(order):
    """Return a diagnosis in this order of the five diseases."""
    return f"diagnosis = dict(zip('ABCDE', {order}))"


NAMES = "healthy swapped_labels double_sigmoid g_far_ahead losses_as_quality".split()
RIGHT = sorted(NAMES, key=lambda name: hashlib.sha256(name.encode()).hexdigest())

ANSWERS = {
    "Exercise 1": {
        "right": [
            penalty(),
            penalty(n=GUARD),
            penalty(b="\n    between = fake + epsilon * (real - fake)"),
            penalty(b="\n    between = (1 - epsilon) * real + epsilon * fake"),
        ],
        "wrong": [
            penalty(EPSILON.replace("uniform", "normal")),
            penalty(EPSILON + "\n    epsilon = tf.sigmoid(8 * epsilon - 4)"),
            penalty(EPSILON.replace("shape, seed", "shape, [0, 1]")),
            penalty(EPSILON.replace("shape, seed", "tf.shape(real), seed")),
            penalty(EPSILON.replace("shape, seed", "(), seed")),
            penalty(b="\n    between = epsilon * real + epsilon * fake"),
            penalty(b="\n    between = real"),
            penalty(n=LENGTH.replace(" + 1e-12", "")),
            penalty(
                n="\n    length = tf.sqrt(tf.reduce_sum(slope**2, axis=1) + 1e-12)"
            ),
            penalty(n="\n    length = tf.sqrt(tf.reduce_sum(slope**2) + 1e-12)"),
            penalty(n=LENGTH.replace("tf.sqrt(", "(")),
            penalty(r=RESULT.replace("mean", "sum")),
            penalty(r="\n    return tf.reduce_mean(length - 1)"),
            penalty(r="\n    return tf.reduce_mean(length**2)"),
            penalty(r="\n    return (tf.reduce_mean(length) - 1) ** 2"),
        ],
    },
    "Exercise 2": {
        "right": function(
            "d_is_ahead(rows, gap=8.0, patience=3)",
            "streak = 0\nfor row in rows:\n"
            "    ahead = row['real_logits'] - row['fake_logits'] > gap\n"
            "    streak = streak + 1 if ahead else 0\nreturn streak >= patience",
            "if len(rows) < patience:\n    return False\n"
            "last = rows[-patience:]\n"
            "return min(r['real_logits'] - r['fake_logits'] for r in last) > gap",
            "gaps = np.array([r['real_logits'] - r['fake_logits'] for r in rows])\n"
            "return np.sum(gaps[-patience:] > gap) == patience",
            "last, n = rows[-patience:], 0\nwhile last:\n    row = last.pop()\n"
            "    n += row['real_logits'] > row['fake_logits'] + gap\n"
            "return n == patience",
        ),
        "wrong": function(
            "d_is_ahead(rows, gap=8.0, patience=3)",
            *[
                "apart = [r['real_logits'] - r['fake_logits'] > gap for r in rows]\n"
                f"return {verdict}"
                for verdict in (
                    "all(apart)",
                    "all(apart[-patience:])",
                    "any(apart[-patience:])",
                    "all(apart[:patience]) and len(apart) >= patience",
                    "sum(apart) >= patience",
                    "all(apart) and len(apart) >= patience",
                    "len(apart) > patience and all(apart[-patience:])",
                    "len(apart) >= 3 and all(apart[-3:])",
                    "bool(apart) and apart[-1]",
                    "len(apart) >= patience and apart[-1] and apart[-patience]",
                    "any(all(apart[i : i + patience]) "
                    "for i in range(len(apart) - patience + 1))",
                    "len(apart) >= patience and all(apart[-patience:-1])",
                    "len(apart) >= patience and all(apart[-patience + 1 :])",
                    "len(apart) >= patience and all(apart[-patience - 1 :])",
                    "len(apart) >= patience and all(apart[::-patience])",
                    "sum(apart[-patience:]) >= patience - 1",
                    "apart",
                    "int(len(apart) >= patience and all(apart[-patience:]))",
                    "len(apart) >= patience and not all(apart[-patience:])",
                    "'True' if all(apart[-patience:]) else 'False'",
                    "True",
                    "False",
                )
            ],
            *[
                f"last = rows[-patience:]\nreturn len(last) == patience and {verdict}"
                for verdict in (
                    "all(abs(r['real_logits'] - r['fake_logits']) > gap for r in last)",
                    "all(r['real_logits'] > 1 for r in last)",
                    "all(r['fake_logits'] < 0 < r['real_logits'] for r in last)",
                    "all(r['real_logits'] > gap for r in last)",
                    "all(r['real_logits'] - r['fake_logits'] > 8 for r in last)",
                    "all(r['real_logits'] - r['fake_logits'] >= gap for r in last)",
                    "all(r['fake_logits'] - r['real_logits'] > gap for r in last)",
                    "all(r['real_logits'] > r['fake_logits'] for r in last)",
                    "sum(r['real_logits'] - r['fake_logits'] for r in last) > 3 * gap",
                    "max(r['real_logits'] - r['fake_logits'] for r in last) > gap",
                    "all(r['real'] - r['fake'] > gap for r in last)",
                    "all(r['real_logits'] / r['fake_logits'] < -1 for r in last)",
                )
            ],
        ),
    },
    "Exercise 3": {
        "right": [
            healthy_named(RIGHT),
            "diagnosis = {letter: name for letter, (name, _) in patients().items()}",
            healthy_named([name.upper() for name in RIGHT]),
        ],
        "wrong": [
            healthy_named(RIGHT[::-1]),
            healthy_named(RIGHT[1:] + RIGHT[:1]),
            healthy_named([RIGHT[1], RIGHT[0], *RIGHT[2:]]),
            healthy_named([*RIGHT[:3], RIGHT[4], RIGHT[3]]),
            healthy_named(["healthy"] * 5),
            f"diagnosis = {RIGHT}",
            "diagnosis = 3",
        ],
    },
    "Exercise 4": {
        "right": [
            'change = ("LATENT, BATCH, GAMMA = 8, 64", "LATENT, BATCH, GAMMA = 8, 4")',
            'change = ("2e-3, 0.5, 0.99", "2e-1, 0.5, 0.99")',
            "change = ['activation=\"relu\"', 'activation=\"linear\"']",
        ],
        "wrong": [
            'change = ("no such text", "another")',
            'change = ("layers.Dense(2)", "layers.Dense(2)")',
            'change = ("layers.Dense(2)", "layers.Dense(")',
            'change = "layers.Dense(2)"',
            "change = 3",
            'change = ("return g_loss", "return g_loss  # it is fine")',
        ],
    },
}
