"""Answers to chapter 3's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


ANSWERS = {
    "Exercise 1": {
        "right": [
            "third, fifth = 13, 58",
            "third, fifth = np.int64(13), 58.0",
            "third = -(-100 // 8)\nfifth = third\n"
            "for _ in range(2):\n    fifth = (fifth - 1) * 2 + max(4, 2)",
            "third = 100\nfor _ in range(3):\n    third = (third + 1) // 2\n"
            "fifth = 2 * (2 * third + 2) + 2",
        ],
        "wrong": [
            "third, fifth = 12, 54",  # rounded down
            "third, fifth = 12.5, 56",  # not rounded
            "third, fifth = 13, 52",  # "same" all the way
            "third, fifth = 13, 56",
            "third, fifth = 13, 28",  # one layer short
            "third, fifth = 13, 57",
            "third, fifth = 13, 60",
            "third, fifth = 58, 13",
            "third, fifth = 10, 46",  # "valid" on the way down
            "third, fifth = 25, 58",
            'third, fifth = "13", "58"',
            "third, fifth = (13, 13), (58, 58)",
            "third, fifth = 13.01, 58.04",
            "third, fifth = [13], [58]",
            "third, fifth = np.nan, 58",
            "third, fifth = 13, np.zeros((58, 58))",
        ],
    },
    "Exercise 2": {
        "right": function(
            "stamps(kernel, stride)",
            "return int(np.floor(kernel / stride)), int(np.ceil(kernel / stride))",
            "return [np.floor(kernel / stride), np.ceil(kernel / stride)]",
            "least, rest = divmod(kernel, stride)\nreturn least, least + (rest > 0)",
            "return kernel // stride, (kernel + stride - 1) // stride",
            "c = np.bincount(np.arange(kernel) % stride, minlength=stride)\n"
            "return c.min(), c.max()",
            "return tf.constant([kernel // stride, -(-kernel // stride)])",
            "n = [len(range(i, kernel, stride)) for i in range(stride)]\n"
            "return np.array([min(n), max(n)])",
        ),
        "wrong": function(
            "stamps(kernel, stride)",
            "return kernel // stride, kernel // stride + 1",
            "return kernel // stride, kernel // stride",
            "return -(-kernel // stride), kernel // stride",
            "return kernel / stride, kernel / stride",
            "return max(1, kernel // stride), -(-kernel // stride)",
            "return kernel // stride, kernel // stride + kernel % stride",
            "return int(kernel / stride), round(kernel / stride)",
            "return kernel - stride, kernel",
            "return 1, kernel // stride",
            "return 2, 2 + kernel % 2",
            "return (kernel // stride) ** 2, (-(-kernel // stride)) ** 2",
            "return kernel % stride, kernel // stride",
            "return (kernel - 1) // stride, (kernel - 1) // stride + 1",
            "return round(kernel / stride), round(kernel / stride)",
            "return 0, -(-kernel // stride)",
            "return np.nan, np.nan",
            "return {kernel // stride, -(-kernel // stride)}",
            "return (kernel + 1) // stride - 1, (kernel + 1) // stride",
            "return stride // kernel, -(-stride // kernel)",
            "return -(-kernel // stride)",
            "return {(4, 2): (2, 2), (5, 2): (2, 3), (6, 4): (1, 2), (3, 4): (0, 1)}"
            "[kernel, stride]",
        ),
    },
    "Exercise 3": {
        "right": ['choice = "b"', 'choice = "B"', 'choice = " b "'],
        "wrong": [
            'choice = "a"',
            'choice = "c"',
            'choice = "C"',
            'choice = "the score falls"',
            'choice = ""',
            'choice = ["b"]',
            'choice = "a or b"',
            'choice = float("nan")',
            "choice = 2",
            "choice = True",
        ],
    },
    "Exercise 4": {
        "right": function(
            "variety(pictures)",
            "x = np.reshape(pictures, (16, -1))\n"
            "gap = np.linalg.norm(x[:, None] - x, axis=-1)\n"
            "return (gap > 8).sum()",
            "return np.std(pictures, axis=0).mean()",  # the deviation of the chapter
            "x = np.reshape(pictures, (16, -1))\nseen = []\nfor row in x:\n"
            "    if all(np.mean((row - y) ** 2) > 0.09 for y in seen):\n"
            "        seen.append(row)\nreturn len(seen)",
            "x = np.reshape(pictures, (16, -1))\nx = x / np.linalg.norm(x + 1, axis=1)"
            "[:, None]\nreturn tf.reduce_mean(tf.math.reduce_std(x, axis=0))",
            "c = np.corrcoef(np.reshape(pictures, (16, -1)))\nreturn (c < 0.8).sum()",
            "x = np.reshape(pictures, (16, -1))\n"
            "s = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)\n"
            "return (s > 6).sum()",
            "return [np.var(pictures, axis=0).sum()]",
        ),
        "wrong": function(
            "variety(pictures)",
            "return np.std(pictures)",  # of all pixels, of equal pictures too
            "return np.mean(pictures)",
            "return len(np.unique(pictures, axis=0))",  # noise makes all unique
            "return np.std(np.mean(pictures, axis=(1, 2, 3)))",  # brightness only
            "return np.std(pictures[:2], axis=0).mean()",  # two of the sixteen
            "return 16",
            "return np.random.default_rng(0).normal()",
            "return np.std(pictures, axis=(1, 2, 3)).mean()",  # within a picture
            "return -np.std(pictures, axis=0).mean()",
            "return pictures.max() - pictures.min()",
            "return np.abs(pictures[1:] - pictures[:-1]).min()",
            "return np.std(pictures, axis=0)",  # no single number
            "return np.nan",
            "return 'many'",
            "variety.calls = getattr(variety, 'calls', 0) + 1\n"
            "return (variety.calls + 1) % 2",  # the order of the sets, not their digits
            "return np.std(pictures, axis=0).max()",  # as large with 3 digits
            "return np.linalg.norm(pictures[0] - pictures[1])",
            "return np.std(np.mean(pictures, axis=0))",  # the mean picture's contrast
            "return np.linalg.matrix_rank(np.reshape(pictures, (16, -1)))",
            "x = np.reshape(pictures, (16, -1))\n"
            "return np.median(np.linalg.norm(x[:, None] - x, axis=-1))",
        ),
    },
}
