"""Answers to chapter 12's exercises: `right` must pass, `wrong` must be refused."""

ANSWERS = {
    "Exercise 1": {
        "right": [
            "three = (0.25, np.inf, np.log(4 / 3))",
            "three = [2 / 8, float('inf'), np.log(8 / 6)]",
            "three = np.array([0.25, np.inf, -np.log(0.75)])",
        ],
        "wrong": [
            "three = (0.25, np.log(4 / 3), np.inf)",  # the two directions swapped
            "three = (0.5, np.inf, np.log(4 / 3))",  # without the half
            "three = (0.25, np.inf, np.log(3 / 4))",  # a negative divergence
            "three = (0.25, np.inf, np.log2(4 / 3))",  # bits
            "three = (0.25, 0.0, np.log(4 / 3))",  # ln(p/0) left out
            "three = (0.125, np.inf, np.log(4 / 3))",  # lost modes alone
            "three = (0.25, np.inf, 0.75 * np.log(4 / 3))",  # weighted by p
            "three = (0.25, np.inf)",
        ],
    },
    "Exercise 2": {
        "right": [
            "def coverage(real, fake, k):\n"
            "    radius = np.partition(ways(real, real), k, axis=1)[:, k]\n"
            "    return np.mean(ways(fake, real).min(axis=0) <= radius)",
            "def coverage(real, fake, k):\n"
            "    own = ways(real, real)\n"
            "    np.fill_diagonal(own, np.inf)\n"
            "    own.sort(axis=1)\n"
            "    nearest = ways(real, fake).min(axis=1)\n"
            "    return (nearest <= own[:, k - 1]).sum() / len(real)",
            "def coverage(real, fake, k):\n"
            "    held = 0\n"
            "    for one in real:\n"
            "        far = sorted(np.linalg.norm(real - one, axis=1))[k]\n"
            "        held += bool((np.linalg.norm(fake - one, axis=1) <= far).any())\n"
            "    return held / len(real)",
        ],
        "wrong": [
            "def coverage(real, fake, k):\n    return precision(real, fake, k)",
            "def coverage(real, fake, k):\n    return precision(fake, real, k)",
            "def coverage(real, fake, k):\n"  # counts the sample itself
            "    radius = np.sort(ways(real, real), axis=1)[:, k - 1]\n"
            "    return (ways(real, fake) <= radius[:, None]).any(axis=1).mean()",
            "def coverage(real, fake, k):\n"  # one neighbour too many
            "    radius = np.sort(ways(real, real), axis=1)[:, k + 1]\n"
            "    return (ways(real, fake) <= radius[:, None]).any(axis=1).mean()",
            "def coverage(real, fake, k):\n"  # a share of pairs
            "    radius = np.sort(ways(real, real), axis=1)[:, k]\n"
            "    return (ways(real, fake) <= radius[:, None]).mean()",
            "def coverage(real, fake, k):\n"  # every fake must be inside
            "    radius = np.sort(ways(real, real), axis=1)[:, k]\n"
            "    return (ways(real, fake) <= radius[:, None]).all(axis=1).mean()",
            "def coverage(real, fake, k):\n"  # the default k alone
            "    return metrics.density_coverage(real, fake)[1]",
            "def coverage(real, fake, k):\n"  # a count
            "    radius = np.sort(ways(real, real), axis=1)[:, k]\n"
            "    return (ways(real, fake) <= radius[:, None]).any(axis=1).sum()",
        ],
    },
    "Exercise 3": {
        "right": ['choice = "c"', "choice = 'C'", 'choice = " c "'],
        "wrong": [
            'choice = "a"',
            'choice = "b"',
            'choice = "ac"',
            "choice = 3",
            'choice = ["c", "a"]',
            "choice = True",
        ],
    },
    "Exercise 4": {
        "right": [
            "def fool(n):\n"  # one wide Gaussian
            "    return np.random.default_rng(5).normal(size=(n, 2)) * 0.5025**0.5",
            "def fool(n):\n"  # a ring turned by half a step
            "    turn = np.arange(8) * np.pi / 4 + np.pi / 8\n"
            "    centres = np.stack([np.cos(turn), np.sin(turn)], axis=1)\n"
            "    return draw(centres, n, 0.05, 1)",
            "def fool(n):\n"  # a square with the ring's covariance, as a list
            "    side = (3 * 0.5025) ** 0.5\n"
            "    points = np.random.default_rng(2).uniform(-side, side, (n, 2))\n"
            "    return points.tolist()",
            "def fool(n):\n"  # four heaps between the modes, a tensor
            "    turn = np.arange(4) * np.pi / 2 + np.pi / 8\n"
            "    centres = np.stack([np.cos(turn), np.sin(turn)], axis=1)\n"
            "    return tf.constant(draw(centres, n, 0.05, 1))",
        ],
        "wrong": [
            "def fool(n):\n    return draw(RING, n, 0.05, 9)",  # real data
            "def fool(n):\n    return draw(RING[:4], n, 0.05, 9)",  # lost modes
            "def fool(n):\n    return np.random.default_rng(1).normal(size=(n, 2))",
            "def fool(n):\n    return np.zeros((n, 2))",
            "def fool(n):\n    return draw(RING, n, 0.05, 9) + 1.0",  # moved
            "def fool(n):\n"  # too few
            "    return np.random.default_rng(5).normal(size=(50, 2)) * 0.5025**0.5",
            "def fool(n):\n    return np.full((n, 2), np.nan)",
            "def fool(n):\n"  # the variance taken for the s.d.
            "    return np.random.default_rng(5).normal(0, 0.5025, (n, 2))",
        ],
    },
}
