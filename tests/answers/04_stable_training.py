"""Answers to chapter 4's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


UNIFORM = "e = tf.random.stateless_uniform((len(real), 1), seed)\n"

ANSWERS = {
    "Exercise 1": {
        "right": function(
            "r1_of_a_line(w, gamma)",
            "return 0.5 * gamma * np.sum(w**2)",
            "return gamma / 2 * np.linalg.norm(w) ** 2",
            "return tf.constant(gamma * sum(x * x for x in w) / 2)",
            "w *= w\nreturn np.array([gamma / 2 * w.sum()])",
        ),
        "wrong": function(
            "r1_of_a_line(w, gamma)",
            "return gamma / 2 * 5 * np.linalg.norm(w)",
            "return gamma * w @ w",
            "return gamma / 2 * np.linalg.norm(w)",
            "return gamma / 2 * np.abs(w).sum()",
            "return gamma / 2 * np.sum(w) ** 2",
            "return gamma / 2 * np.mean(w**2)",
            "return gamma / 2 * w**2",
            "return gamma**2 / 2 * w @ w",
            "return (gamma / 2 * np.linalg.norm(w)) ** 2",
            "return gamma / 2 * (np.linalg.norm(w) - 1) ** 2",
            "return w @ w / 2",
            "return -gamma / 2 * w @ w",
            "return gamma / 2 * np.max(w**2)",
            "return 0.25",
            "return gamma / 2 * np.linalg.norm(w, 1) ** 2",
            "return gamma / 2 * w @ w * len(w)",
            "return gamma / 2 * np.linalg.norm(w**2)",
            "return np.float64('nan')",
            "return gamma / 2 * w * w.T",
            "return [gamma / 2 * w @ w]",
        ),
    },
    "Exercise 2": {
        "right": function(
            "packed(points, m)",
            "return np.reshape(points, (len(points) // m, -1))",
            "return np.concatenate([points[i::m] for i in range(m)], axis=1)",
            "return tf.reshape(points, (-1, m * points.shape[1]))",
            "return [np.hstack(p) for p in np.split(points, len(points) // m)]",
            "points.shape = (-1, m * points.shape[1])\nreturn points",
        ),
        "wrong": function(
            "packed(points, m)",
            "return points.reshape(-1, m * 2)",
            "return points.reshape(-1, 4)",
            "return points.reshape(m, -1)",
            "return points.reshape(-1, m)",
            "return points.reshape(-1, m, points.shape[1])",
            "return np.concatenate(np.split(points, m), axis=1)",  # not neighbours
            "return points.T.reshape(-1, m * points.shape[1])",
            "return points.reshape(-1, m * points.shape[1], order='F')",
            "return np.tile(points, (1, m))",
            "return np.concatenate([points[i::m][::-1] for i in range(m)], axis=1)",
            "return np.hstack([points[i::m] for i in reversed(range(m))])",
            "return points.reshape(-1, m * points.shape[1]).T",
            "return points[: len(points) // m]",
            "return np.hstack([points[::2], points[1::2]]) if m > 1 else points",
            "return np.repeat(points[::m], m, axis=1)",
            "return points.reshape(len(points) / m, m * points.shape[1])",
        ),
    },
    "Exercise 3": {
        "right": function(
            "between(real, fake, seed)",
            UNIFORM + "return (1 - e) * real + e * fake",
            UNIFORM + "return fake + e * (real - fake)",
            UNIFORM + "return np.asarray(e * real + (1 - e) * fake)",
            "e = tf.random.stateless_uniform(tf.shape(real)[:1], seed)[:, None]\n"
            "return real - e * (real - fake)",
        ),
        "wrong": [
            *function(
                "between(real, fake, seed)",
                *[
                    f"e = {epsilon}\nreturn e * real + (1 - e) * fake"
                    for epsilon in (
                        "tf.random.stateless_normal((len(real), 1), seed)",
                        "tf.sigmoid(tf.random.stateless_normal((len(real), 1), seed))",
                        "tf.random.stateless_uniform((len(real), 1), (0, 1))",
                        "tf.random.uniform((len(real), 1))",  # not of `seed`
                        "tf.random.uniform((len(real), 1), seed=3)",
                        "tf.random.stateless_uniform((), seed)",  # one for all
                        "tf.random.stateless_uniform((1, real.shape[1]), seed)",
                        "tf.random.stateless_uniform(tf.shape(real), seed)",
                        "tf.random.stateless_uniform((len(real),), seed)",
                        "0.5",
                        "tf.random.stateless_uniform((len(real), 1), seed) / 2",
                        "tf.random.stateless_uniform((len(real), 1), seed, -1.0, 1.0)",
                        "tf.abs(tf.random.stateless_normal((len(real), 1), seed))",
                        "tf.random.stateless_uniform((len(real), 1), seed) ** 2",
                        "tf.clip_by_value("
                        "tf.random.stateless_normal((len(real), 1), seed), 0.0, 1.0)",
                        "tf.round(tf.random.stateless_uniform((len(real), 1), seed))",
                        "tf.linspace(0.0, 1.0, len(real))[:, None]",
                        "tf.random.stateless_uniform((3, 1), seed)",
                        "np.random.default_rng(0).uniform(size=(4_000, 1))"
                        ".astype('float32')",
                    )
                ],
                UNIFORM + "return e * real + e * fake",
                UNIFORM + "return e * real + (e - 1) * fake",
                UNIFORM + "return real + e * fake",
                UNIFORM + "return (real + fake) / 2",
                UNIFORM + "return fake + e * real",
                UNIFORM + "return e",
                UNIFORM + "return real",
                UNIFORM + "f = tf.random.stateless_uniform((len(real), 1), seed + 1)\n"
                "return e * real + f * fake",
                UNIFORM + "return tf.reduce_mean(e * real + (1 - e) * fake)",
                UNIFORM + "return (e * real + (1 - e) * fake)[:, 0]",
                UNIFORM + "return tf.random.shuffle(e * real + (1 - e) * fake)",
            ),
            "between = 3",
        ],
    },
}
