"""Answers to chapter 1's exercises: `right` must pass, `wrong` must be refused."""

THREE = "optimal_d = {}\njensen_shannon = {}\nd_pays = {}"
BEST_D = "def best_d(p, q, share):\n    {}"
HEAPS = "def my_generator(z):\n    {}"

ANSWERS = {
    "Exercise 1": {
        "right": [
            THREE.format("(1, 0.5, 0)", "0.3466", "0.6931"),
            THREE.format("np.array([1.0, 0.5, 0.0])", "np.log(2) / 2", "np.log(2)"),
            THREE.format(
                "tf.constant([1.0, 0.5, 0.0])", "np.log(4) / 4", "-np.log(0.5)"
            ),
        ],
        "wrong": [
            THREE.format("(1, 0.5, 0)", "np.log(2)", "np.log(2)"),
            THREE.format("(1, 0.5, 0)", "np.log(2) / 2", "-np.log(2)"),
            THREE.format("(0, 0.5, 1)", "np.log(2) / 2", "np.log(2)"),
            THREE.format("(1, 1, 0)", "np.log(2) / 2", "np.log(2)"),
            THREE.format("(1, 0.5, 0)", "np.log(2) / 2", "np.log(4)"),
            THREE.format("(1, 0.5, 0)", "0.25", "0.5"),
            THREE.format("(1, 0.5, 0)", "0.3333", "np.log(2)"),
            THREE.format("0.5", "np.log(2) / 2", "np.log(2)"),
        ],
    },
    "Exercise 2": {
        "right": [
            BEST_D.format("return share * p / (share * p + (1 - share) * q)"),
            BEST_D.format("return 1 / (1 + (1 / share - 1) * q / p)"),
            BEST_D.format("return expit(np.log(p / q) + np.log(share / (1 - share)))"),
            BEST_D.format(
                "p *= share\n    q *= 1 - share\n    return list(p / (p + q))"
            ),
            BEST_D.format(
                "a = tf.constant(share * p)\n    return a / (a + (1 - share) * q)"
            ),
        ],
        "wrong": [
            BEST_D.format("return p / (p + q)"),
            BEST_D.format("return 2 * share * p / (p + q)"),
            BEST_D.format("return p / (p + q) + share - 0.5"),
            BEST_D.format("return share * p / (share * p + q)"),
            BEST_D.format("return (1 - share) * p / ((1 - share) * p + share * q)"),
            BEST_D.format("return share * p / (p + q)"),
            BEST_D.format("return share * p / (share * p + (1 - share) * q) + 0.01"),
            BEST_D.format("return share"),
            BEST_D.format("return np.full(3, share)"),
            BEST_D.format("return np.log(share * p / ((1 - share) * q))"),
        ],
    },
    "Exercise 3": {
        "right": ['choice = "b"', 'choice = " B "', "choice = chr(98)"],
        "wrong": [
            'choice = "a"',
            'choice = "c"',
            "choice = 2",
            'choice = ["b"]',
            'choice = "ab"',
        ],
    },
    "Exercise 4": {
        "right": [
            HEAPS.format(
                "u = 0.5 * (1 + tf.math.erf(z / 2**0.5).numpy())\n"
                "    v = (2 * u % 1).clip(1e-6, 1 - 1e-6)\n"
                "    return np.where(u < 0.5, -2, 2) + 0.5 * tf.math.ndtri(v).numpy()"
            ),
            HEAPS.format(
                "grid = np.linspace(-4, 4, 4001)\n"
                "    share = np.cumsum(np.exp(-2 * (np.abs(grid) - 2) ** 2))\n"
                "    u = 0.5 * (1 + tf.math.erf(tf.constant(z / 2**0.5)))\n"
                "    return tf.constant(np.interp(u, share / share[-1], grid))"
            ),
            HEAPS.format(
                "u = tf.math.erf(tf.constant(np.abs(z)) / 2**0.5).numpy()\n"
                "    z[:] = np.where(z < 0, -1, 1) * (2 + 0.5 * tf.math.ndtri(u))\n"
                "    return z[:, None]"
            ),
        ],
        "wrong": [
            HEAPS.format("return z"),
            HEAPS.format("return 2 * z"),
            HEAPS.format("return 2 * np.sign(z)"),
            HEAPS.format("return np.where(z < 0, -2, 2) + 0.5 * z"),
            HEAPS.format("return 2 + 0.5 * z"),
            HEAPS.format("return -2 + 4 * (z > 0) + 0.0 * z"),
            HEAPS.format("return np.where(z < 0, -2, 2)[: len(z) // 2]"),
            HEAPS.format("return 4 * np.tanh(z)"),
            HEAPS.format(
                "return np.where(z < 0, -2, 2) + 0.83 * (z - np.sign(z) * 0.8)"
            ),
            HEAPS.format("return np.random.normal(np.sign(z) * 2, 0.5)"),
            HEAPS.format(
                "h = len(z) // 2\n    return np.append(z[:h] / 2 - 2, z[h:] / 2 + 2)"
            ),
            HEAPS.format(
                "return np.random.default_rng(0).normal(np.repeat([-2, 2], 10000), 0.5)"
            ),
            HEAPS.format("return z * np.nan"),
        ],
    },
}
