"""Answers to chapter 9's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return a function's code for each body."""
    indented = ["\n    ".join(body.splitlines()) for body in bodies]
    return [f"def {head}:\n    {body}\n" for body in indented]


ANSWERS = {
    "Exercise 1": {
        "right": [
            "mean_squared_length = 1.92",
            "mean_squared_length = 64 * 0.09 / 3",
            "mean_squared_length = np.array([LATENT * 0.3**2 / 3])",
            "mean_squared_length = 64 * np.mean(np.linspace(-0.3, 0.3, 1_001) ** 2)",
        ],
        "wrong": [
            "mean_squared_length = 64",  # as without truncation
            "mean_squared_length = 64 * 0.3**2",  # the largest
            "mean_squared_length = 64 * 0.3 / 3",
            "mean_squared_length = 64 * 0.6**2 / 3",  # the whole width
            "mean_squared_length = 0.3**2 / 3",  # of one component
            "mean_squared_length = 64 * 0.3 / 2",  # the mean of |x|
            "mean_squared_length = np.sqrt(64 * 0.09 / 3)",  # the length
        ],
    },
    "Exercise 2": {
        "right": function(
            "truncated(n, limit, rng)",
            "z = np.empty(0)\nwhile len(z) < n:\n"
            "    new = rng.normal(size=n)\n"
            "    z = np.concatenate([z, new[np.abs(new) <= limit]])\nreturn z[:n]",
            "z = rng.standard_normal(n)\nwhile np.abs(z).max() > limit:\n"
            "    z = np.where(np.abs(z) > limit, rng.standard_normal(n), z)\n"
            "return list(z)",
            "z = []\nwhile len(z) < n:\n    new = rng.normal()\n"
            "    if -limit <= new <= limit:\n        z.append(new)\nreturn z",
        ),
        "wrong": function(
            "truncated(n, limit, rng)",
            "return np.clip(rng.normal(size=n), -limit, limit)",
            "return rng.normal(size=n)",
            "z = rng.normal(size=n)\nreturn z[np.abs(z) <= limit]",  # too few
            "z = rng.normal(size=n)\nout = np.abs(z) > limit\n"
            "z[out] = rng.normal(size=out.sum())\nreturn z",  # one round
            "return rng.uniform(-limit, limit, n)",
            "z = rng.normal(size=n)\nreturn limit * z / np.abs(z).max()",
            "z = rng.normal(size=n)\nz[np.abs(z) > limit] = 0\nreturn z",
            "z = rng.normal(size=n)\nout = np.abs(z) > limit\n"
            "z[out] = rng.uniform(-limit, limit, out.sum())\nreturn z",
            "z = rng.normal(size=n)\nwhile (out := np.abs(z) > limit).any():\n"
            "    z[out] = rng.normal()\nreturn z",  # one number for all of them
            "z = rng.normal(size=n)\nwhile (out := z > limit).any():\n"
            "    z[out] = rng.normal(size=out.sum())\nreturn z",  # above only
            "z = rng.normal(size=n)\nwhile (out := np.abs(z) > limit).any():\n"
            "    z[out] = rng.normal(size=out.sum())\nreturn z.std()",
            "z = np.abs(rng.normal(size=n))\nwhile (out := z > limit).any():\n"
            "    z[out] = np.abs(rng.normal(size=out.sum()))\nreturn z",
            "rng = np.random.default_rng(0)\nz = rng.normal(size=n)\n"
            "while (out := np.abs(z) > limit).any():\n"
            "    z[out] = rng.normal(size=out.sum())\nreturn z",  # its own generator
            "z = rng.normal(size=n)\nwhile (out := np.abs(z) > limit).any():\n"
            "    z[out] /= 2\nreturn z",
            "z = rng.normal(scale=limit / 3, size=n)\nreturn np.clip(z, -limit, limit)",
            "return rng.normals(n)",
            "z = np.random.normal(size=n)\nwhile (out := np.abs(z) > limit).any():\n"
            "    z[out] = np.random.normal(size=out.sum())\nreturn z",  # not of `rng`
            "z = rng.normal(size=n)\nout = np.abs(z) > limit\n"
            "z[out] = rng.choice(z[~out], out.sum())\nreturn z",  # not drawn anew
            "z = rng.normal(size=n)\nfor _ in range(5):\n    out = np.abs(z) > limit\n"
            "    z[out] = rng.normal(size=out.sum())\nreturn z",
            "z = rng.laplace(size=n)\nwhile (out := np.abs(z) > limit).any():\n"
            "    z[out] = rng.laplace(size=out.sum())\nreturn z",
            "return rng.normal(size=n) % limit",
            "return np.tanh(rng.normal(size=n)) * limit",
            "z = rng.normal(size=n)\nout = np.abs(z) > limit\n"
            "z[out] = 1 / z[out]\nreturn z",
        ),
    },
    "Exercise 3": {
        "right": ['choice = "c"', "choice = 'C'", 'choice = " c "'],
        "wrong": [
            'choice = "a"',
            'choice = "b"',
            'choice = ""',
            'choice = "d"',
            'choice = "a or c"',
        ],
    },
    "Exercise 4": {
        "right": function(
            "path(a, b, t)",
            "return latent.spherical(a, b, t)",
            "t = np.asarray(t)[:, None]\n"
            "return np.cos(t * np.pi / 2) * a + np.sin(t * np.pi / 2) * b",
            "t = np.asarray(t)[:, None]\nline = (1 - t) * a + t * b\n"
            "return line / np.sqrt((1 - t) ** 2 + t**2)",
        ),
        "wrong": function(
            "path(a, b, t)",
            "t = np.asarray(t)[:, None]\nreturn (1 - t) * a + t * b",  # too short
            "t = np.asarray(t)[:, None]\nline = (1 - t) * a + t * b\n"
            "return 8 * line / np.linalg.norm(line, axis=1, keepdims=True)",  # ends
            "t = np.asarray(t)[:, None]\nreturn np.where(t < 0.5, a, b)",  # a jump
            "t = np.asarray(t)[:, None]\nreturn t * a + (1 - t) * b",  # backwards
            "return np.cos(t * np.pi / 2) * a + np.sin(t * np.pi / 2) * b",  # shapes
            "t = np.asarray(t)[:, None]\nreturn a + t * 0",  # never arrives
            "t = np.asarray(t)[:, None]\nreturn a + np.sqrt(t) * (b - a)",
        ),
    },
}
