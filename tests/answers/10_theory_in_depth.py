"""Answers to chapter 10's exercises: `right` must pass, `wrong` must be refused."""

PENALTY = """
def one_sided(critic, real, fake, epsilon):
    share = {share}
    inside = {inside}
    with tf.GradientTape() as tape:
        tape.watch(inside)
        scores = critic(inside)
    squares = tf.reduce_sum(tape.gradient(scores, inside) ** 2, axis={axis})
    slopes = {slopes}
    return {returned}
"""
USUAL = {
    "share": "tf.reshape(epsilon, (-1, 1, 1, 1))",
    "inside": "share * real + (1 - share) * fake",
    "axis": "(1, 2, 3)",
    "slopes": "tf.sqrt(tf.maximum(squares, 1e-12))",
    "returned": "tf.reduce_mean(tf.maximum(slopes - 1, 0) ** 2)",
}


def penalty(**changes):
    """Return the source of the penalty, with some lines written differently."""
    return PENALTY.format(**USUAL | changes)


BRAKE = """
def brake(theta, psi):
    return {force}


def tested(theta, psi):
    return dirac_gan.gan(theta, psi) - np.array([0 * psi, brake(theta, psi)])


path = dirac_gan.simulate(tested, 0.1, 3_000, (1.0, 0.0), alternating=True)
steps = {steps}
"""
FIRST = "int(np.argmax(np.linalg.norm(path, axis=1) < 0.01))"


def brake(force, steps=FIRST):
    """Return the source of a brake and of its number of steps."""
    return BRAKE.format(force=force, steps=steps)


ANSWERS = {
    "Exercise 1": {
        "right": [
            "def best_gamma(slope):\n    return 2 * slope",
            "def best_gamma(slope):\n    return np.sqrt(4 * slope**2)",
            "best_gamma = lambda slope: np.array(slope) + slope",
        ],
        "wrong": [
            "def best_gamma(slope):\n    return slope",
            "def best_gamma(slope):\n    return 1.0",
            "def best_gamma(slope):\n    return 4 * slope",
            "def best_gamma(slope):\n    return 4 * slope**2",
            "def best_gamma(slope):\n    return 2 * np.sqrt(slope)",
            "def best_gamma(slope):\n    return slope / 2",
        ],
    },
    "Exercise 2": {
        "right": [
            penalty(),
            penalty(share="epsilon[:, None, None, None]"),
            penalty(inside="fake + share * (real - fake)"),
            penalty(returned="tf.reduce_mean(tf.nn.relu(slopes - 1) ** 2)"),
            penalty(slopes="tf.sqrt(squares + 1e-12)"),
        ],
        "wrong": [
            penalty(returned="float(np.mean(np.maximum(slopes - 1, 0) ** 2))"),
            penalty(slopes="tf.stop_gradient(tf.sqrt(squares))"),
            penalty(returned="tf.reduce_mean((slopes[slopes > 1] - 1) ** 2)"),
            penalty(inside="(1 - share) * real + share * fake"),
            penalty(share="0.5"),
            penalty(share="tf.random.uniform((len(real), 1, 1, 1))"),
            penalty(returned="tf.reduce_mean(tf.maximum(slopes - 1, 0))"),
            penalty(returned="tf.reduce_mean((slopes - 1) ** 2)"),
            penalty(returned="tf.maximum(tf.reduce_mean(slopes) - 1, 0) ** 2"),
            penalty(returned="tf.reduce_mean(tf.maximum(slopes - 1, 0)) ** 2"),
            penalty(returned="tf.reduce_sum(tf.maximum(slopes - 1, 0) ** 2)"),
            penalty(returned="10 * tf.reduce_mean(tf.maximum(slopes - 1, 0) ** 2)"),
            penalty(axis="None"),
            penalty(axis="3"),
            penalty(inside="real"),
            penalty(returned="tf.reduce_mean(tf.maximum(squares - 1, 0) ** 2)"),
        ],
    },
    "Exercise 3": {
        "right": ['choice = "b"', 'choice = "B"', 'choice = " b "'],
        "wrong": [
            'choice = "a"',
            'choice = "c"',
            'choice = "d"',
            "choice = 4",
            'choice = ["b", "c"]',
        ],
    },
    "Exercise 4": {
        "right": [
            brake("0.5 * np.tanh(psi)"),
            brake("0.4 * psi + 0.1 * psi**3"),
            brake("0.5 * psi * (1 + theta**2)"),
            brake("0.6 * psi / (1 + abs(psi))"),
            brake("0.5 * psi + 0.2 * theta"),
            brake("0.5 * psi + 0.05 * theta"),
            brake("0.5 * psi - 0.1 * theta"),
        ],
        "wrong": [
            brake("0.5 * psi"),
            brake("0.0 * psi"),
            brake("psi**3"),
            brake("-0.5 * np.tanh(psi)"),
            brake("0.5 * np.tanh(theta)"),
            brake("0.5 * np.tanh(psi)", steps="100_000"),
            brake("0.5 * np.tanh(psi)", steps="len(path)"),
            brake("0.5 * np.tanh(psi - 1)"),
        ],
    },
}
