"""Answers to chapter 4's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


CENTRAL = """total = 0
for i in range(points.shape[1]):
    move = np.zeros(points.shape[1])
    move[i] = 1e-4
"""

ANSWERS = {
    "Exercise 1": {
        "right": [
            "gamma = 0.8 / 9",
            "gamma = 2 * 0.1 * (3 - 1) ** 2 / 3**2",
            "gamma = tf.constant(0.4 / 4.5)",
            "gamma = np.array([0.0888889])",
        ],
        "wrong": [
            "gamma = 0.4 / 9",  # γ/2 forgotten
            "gamma = 0.1 * 3**2 / (9 / 2)",  # WGAN-GP aims at slope 1, not at 0
            "gamma = 0.1 * (3**2 - 1) * 2 / 9",  # the square without the root
            "gamma = 0.2 * 2 / 9",  # (3 − 1) not squared
            "gamma = 0.2 * 4 / 3",  # the slope of R1 not squared
            "gamma = 0.1",
            "gamma = 0.4",
            "gamma = 0.4 * 9 / 2",  # multiplied instead of divided
        ],
    },
    "Exercise 2": {
        "right": function(
            "r1_by_values(s, points, gamma)",
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += ((ahead - back) / 2e-4) ** 2\n"
            "return gamma / 2 * np.mean(total)",
            CENTRAL + "    change = (s(points + move / 100) - s(points)) / 1e-6\n"
            "    total += change**2\n"
            "return 0.5 * gamma * total.mean()",
            "rows = []\nfor x in points:\n"
            "    moves = 1e-5 * np.eye(len(x))\n"
            "    slope = (s(x + moves) - s(x - moves)) / 2e-5\n"
            "    rows.append(np.linalg.norm(slope) ** 2)\n"
            "return np.array([gamma * sum(rows) / len(rows) / 2])",
            "e = 1e-5 * np.eye(points.shape[1])[:, None]\n"
            "flat = lambda x: s(x.reshape(-1, x.shape[-1])).reshape(x.shape[:-1])\n"
            "slope = (flat(points + e) - flat(points - e)) / 2e-5\n"
            "return tf.constant(gamma / 2 * (slope**2).sum(axis=0).mean())",
        ),
        "wrong": function(
            "r1_by_values(s, points, gamma)",
            # divided by h instead of 2h
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += ((ahead - back) / 1e-4) ** 2\n"
            "return gamma / 2 * np.mean(total)",
            # all coordinates moved at once
            "ahead, back = s(points + 1e-4), s(points - 1e-4)\n"
            "return gamma / 2 * np.mean(((ahead - back) / 2e-4) ** 2)",
            # γ/2 forgotten
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += ((ahead - back) / 2e-4) ** 2\n"
            "return gamma * np.mean(total)",
            # the slope, not its square
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += np.abs(ahead - back) / 2e-4\n"
            "return gamma / 2 * np.mean(total)",
            # the sum over the samples
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += ((ahead - back) / 2e-4) ** 2\n"
            "return gamma / 2 * np.sum(total)",
            # the mean over the coordinates
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += ((ahead - back) / 2e-4) ** 2\n"
            "return gamma / 2 * np.mean(total) / points.shape[1]",
            # steps that are too long
            CENTRAL
            + "    ahead, back = s(points + 1e4 * move), s(points - 1e4 * move)\n"
            "    total += ((ahead - back) / 2) ** 2\n"
            "return gamma / 2 * np.mean(total)",
            # the square of the mean slope
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += np.mean((ahead - back) / 2e-4) ** 2\n"
            "return gamma / 2 * total",
            # (slope − 1)²
            CENTRAL + "    ahead, back = s(points + move), s(points - move)\n"
            "    total += ((ahead - back) / 2e-4) ** 2\n"
            "return gamma / 2 * np.mean((np.sqrt(total) - 1) ** 2)",
        ),
    },
    "Exercise 3": {
        "right": ['choice = "a"', "choice = 'A'", 'choice = " a "'],
        "wrong": [
            'choice = "b"',
            'choice = "c"',
            "choice = 1",
            'choice = ["a", "c"]',
            'choice = ""',
        ],
    },
    "Exercise 4": {
        "right": function(
            "is_better(ours, theirs)",
            "return max(ours) < min(theirs)",
            "gap = np.mean(theirs) - np.mean(ours)\n"
            "return gap > 2 * np.sqrt((np.var(ours) + np.var(theirs)) / 2)",
            # the permutation test of the mean
            "both, picks = np.concatenate([ours, theirs]), np.random.default_rng(1)\n"
            "means = [picks.permutation(both)[:5].mean() for _ in range(200)]\n"
            "return np.mean(means <= ours.mean()) <= 0.05",
            # all but one pair
            "return (ours[:, None] < theirs).sum() >= 23",
            "return tf.constant(sorted(ours)[-1] < sorted(theirs)[0])",
        ),
        "wrong": function(
            "is_better(ours, theirs)",
            "return np.mean(ours) < np.mean(theirs)",  # luck counts
            "return min(ours) < min(theirs)",  # the best of five
            "return max(ours) < max(theirs)",
            "return np.mean(theirs) - np.mean(ours) > 0.1",  # depends on the unit
            "return np.mean(ours) < 0.9 * np.mean(theirs)",
            "return False",  # never dares
            "return max(theirs) < min(ours)",  # the wrong way round
            # different, not better
            "return max(ours) < min(theirs) or max(theirs) < min(ours)",
            "return np.median(ours) < np.median(theirs)",
            "return ours[0] < theirs[0]",  # one seed
            "return np.std(ours) < np.std(theirs)",
            # sees the spread of one side only, or one number of a side
            "return np.mean(theirs) - np.mean(ours) > 2 * np.std(theirs)",
            "return np.mean(theirs) - np.mean(ours) > np.std(ours, ddof=1)",
            "return np.median(ours) < min(theirs)",
            "return ours[0] < theirs.mean() - 2.5 * theirs.std()",
            "return ours.min() < theirs.mean() - 3 * theirs.std(ddof=1)",
            # never says False
            "if max(ours) < min(theirs):\n    return True",
            "return np.sort(ours)[3] < np.sort(theirs)[1] and (\n"
            "    np.median(ours) < min(theirs))",
        ),
    },
}
