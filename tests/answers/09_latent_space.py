"""Answers to chapter 9's exercises: `right` must pass, `wrong` must be refused."""

WAYS = "way = cdist(test, train).min(axis=1)\nown = cdist(fakes, train).min(axis=1)\n"
FIT = """
codes = np.random.default_rng(5).normal(size=(2_000, LATENT))
slant, width, kind, _ = look(codes)
targets = np.c_[width, slant, np.eye(10)[kind]]
targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)
fit = np.linalg.lstsq(codes, targets, rcond=None)[0]
"""  # the first answer to exercise 4 needs these lines, and most wrong ones


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
            "suspects(fakes, train, test, q)",
            WAYS + "return np.where(own < np.quantile(way, q))[0]",
            "way = [np.linalg.norm(train - v, axis=1).min() for v in test]\n"
            "own = [np.linalg.norm(train - v, axis=1).min() for v in fakes]\n"
            "limit = np.quantile(way, q)\n"
            "return [i for i, d in enumerate(own) if d < limit]",
            "way, own = (metrics.nearest_neighbours(x, train)[1].ravel()\n"
            "            for x in (test, fakes))\n"
            "return np.flatnonzero(own < np.quantile(way, q))",
            "square = [((x[:, None] - train) ** 2).sum(axis=2).min(axis=1)\n"
            "          for x in (test, fakes)]\n"
            "limit = np.percentile(np.sqrt(square[0]), 100 * q)\n"
            "return np.flatnonzero(np.sqrt(square[1]) < limit)",
        ),
        "wrong": function(
            "suspects(fakes, train, test, q)",
            WAYS + "return np.flatnonzero(own < np.quantile(own, q))",
            WAYS + "own = cdist(fakes, test).min(axis=1)\n"
            "return np.flatnonzero(own < np.quantile(way, q))",
            WAYS + "way = cdist(train, test).min(axis=1)\n"
            "return np.flatnonzero(own < np.quantile(way, q))",
            WAYS + "way = cdist(test, train)\n"  # all pairs, not the nearest
            "return np.flatnonzero(own < np.quantile(way, q))",
            WAYS + "way = cdist(test, train).mean(axis=1)\n"
            "return np.flatnonzero(own < np.quantile(way, q))",
            WAYS + "return np.flatnonzero(own < way.mean())",
            WAYS + "return np.flatnonzero(own < way.min())",
            WAYS + "return np.flatnonzero(own < q * way.mean())",
            WAYS + "return np.flatnonzero(own > np.quantile(way, q))",
            WAYS + "return np.flatnonzero(own < np.quantile(way, 1 - q))",
            WAYS + "return np.flatnonzero(own < np.percentile(way, q))",
            WAYS + "return np.flatnonzero(own < 1e-2)",  # exact copies alone
            WAYS + "return own < np.quantile(way, q)",  # a mask
            WAYS + "return (own < np.quantile(way, q)).sum()",
            WAYS + "return own[own < np.quantile(way, q)]",
            WAYS + "return np.argsort(own)[: int(q * len(fakes))]",
            WAYS + "near = (own < np.quantile(way, q)).sum()\n"
            "return np.argsort(own)[:near]",  # the right ones, nearest first
            "return []",
            "return np.arange(len(fakes))",
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
        "right": [
            FIT + "others = np.linalg.qr(fit[:, 1:11])[0]\n"
            "wider = fit[:, 0] - others @ (others.T @ fit[:, 0])",
            FIT + "left = np.linalg.lstsq(fit[:, 1:], fit[:, 0], rcond=None)[0]\n"
            "wider = list(7 * (fit[:, 0] - fit[:, 1:] @ left))",
            FIT + "wide = fit[:, 0]\nfor _ in range(300):\n"
            "    for other in fit[:, 1:].T:\n"
            "        wide = wide - other * (wide @ other) / (other @ other)\n"
            "wider = tf.constant(wide)",
        ],
        "wrong": [
            FIT + "wider = fit[:, 0]",  # many digits change
            FIT + "others = np.linalg.qr(fit[:, 2:11])[0]\n"  # they lean
            "wider = fit[:, 0] - others @ (others.T @ fit[:, 0])",
            FIT + "wider = fit[:, 0] - fit[:, 1] * (fit[:, 0] @ fit[:, 1]) / "
            "(fit[:, 1] @ fit[:, 1])",  # classes not taken off
            FIT + "others = np.linalg.qr(fit[:, 1:11])[0]\n"  # thinner lines
            "wider = others @ (others.T @ fit[:, 0]) - fit[:, 0]",
            FIT + "others = np.linalg.qr(fit[:, 1:11])[0]\n"  # what they share
            "wider = others @ (others.T @ fit[:, 0])",
            FIT + "wider = fit[:, 1]",  # the slant
            FIT + "order = np.argsort(width)\n"
            "thin, wide = codes[order[:400]], codes[order[-400:]]\n"
            "wider = wide.mean(axis=0) - thin.mean(axis=0)",
            "wider = np.zeros(64)",
            "wider = np.ones(64)",
            "wider = np.eye(64)[0]",
            "wider = np.random.default_rng(0).normal(size=64)",
            "wider = np.full(64, np.nan)",
            "wider = np.ones(63)",
            "wider = 'wider'",
            "wider = [True, True, True]",
        ],
    },
}
