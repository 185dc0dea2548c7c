"""Answers to chapter 7's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


TABLE = "table = np.zeros((10, 10))\nnp.add.at(table, (asked, seen), 1)\n"
WORST = """times = table.sum(axis=1)
shares = np.where(times > 0, (times - np.diag(table)) / np.maximum(times, 1), -1)
worst = shares.argmax()
"""
OTHERS = "table[worst, worst] = 0\n"

ALL = "(0.2, 0.5, 1.0, 2.0)"
SPLIT = f"a, b = few[:70], few[70:]\nspreads = {ALL}\n"
# How an answer reads pictures: `known` beside fakes of `seed`, tested on x and y.
READS = """def reads(spread, known, seed, at_x, at_y):
    fake_x, fake_y = draw_like(x[seed], y[seed], spread)
    both = np.concatenate([x[known], fake_x]), np.concatenate([y[known], fake_y])
    return KNeighborsClassifier(5).fit(*both).score(at_x, at_y)
"""
CHOICE = "best = max(spreads, key=lambda s: reads(s, a, a, x[b], y[b]))\n"
RESULT = "return best, reads(best, few, few, test_x, test_y)"


def honest(choice=CHOICE, result=RESULT):
    """Return an answer to exercise 3 of these parts."""
    return SPLIT + READS + choice + result


def chosen(score):
    """Return the line that chooses the spread `s` of the largest score."""
    return f"best = max(spreads, key=lambda s: {score})\n"


ANSWERS = {
    "Exercise 1": {
        "right": function(
            "project(v, y, u, vectors, bias)",
            "return v @ u + (v * (y @ vectors)).sum(axis=1) + bias",
            # each label's own logit, then the mixture
            "return v @ u + (v @ vectors.T * y).sum(axis=-1) + bias",
            "return np.einsum('nm,nm->n', v, u + y @ vectors) + bias",
            "return np.einsum('nm,nk,km->n', v, y, vectors) + bias + np.dot(v, u)",
            "return np.diag(v @ (u + y @ vectors).T) + bias",
            "e = (u + y @ vectors)[:, :, None]\n"
            "return (v[:, None] @ e)[:, 0, 0] + bias",
            # u as one more label that every row has
            "y, vectors = np.c_[y, np.ones(len(y))], np.vstack([vectors, u])\n"
            "return (y @ vectors * v).sum(1) + bias",
            "return ops.sum(v * (u + ops.matmul(y, vectors)), axis=1) + bias",
            "v, y, u, vectors = (tf.cast(a, 'float32') for a in (v, y, u, vectors))\n"
            "e = u + tf.matmul(y, vectors)\nreturn tf.reduce_sum(v * e, axis=1) + bias",
            "e = y @ vectors\nreturn layers.Dot(1)([v, u + e])[:, 0] + bias",
            "return (bias + v @ u + np.sum(v * (y @ vectors), 1)).tolist()",
            # changes what it is given
            "v *= u + y @ vectors\nreturn v.sum(axis=1) + bias",
        ),
        "wrong": function(
            "project(v, y, u, vectors, bias)",
            # another factor
            "return v @ u + (v * (y @ vectors)).sum(axis=1) / 16 + bias",
            "m = v.shape[1]\n"
            "return v @ u + (v * (y @ vectors)).sum(axis=1) / np.sqrt(m) + bias",
            "return (v * (u + y @ vectors)).mean(axis=1) + bias",
            "return v @ u / 2 + (v * (y @ vectors)).sum(axis=1) / 2 + bias",
            # one of the parts is missing, or is another
            "return (v * (u + y @ vectors)).sum(axis=1)",
            "return (v * (u + y @ vectors)).sum(axis=1) + 0.5",
            "return (v * (u + y @ vectors)).sum(axis=1) - bias",
            "return (v * (u + y @ vectors) + bias).sum(axis=1)",
            "return (v * (u + bias + y @ vectors)).sum(axis=1)",
            "return v @ u + bias",
            "return (v * (y @ vectors)).sum(axis=1) + bias",
            "return v @ u - (v * (y @ vectors)).sum(axis=1) + bias",
            "return (v * u * (y @ vectors)).sum(axis=1) + bias",
            "return (v * u + y @ vectors).sum(axis=1) + bias",
            "return (v + y @ vectors) @ u + bias",
            "return v @ u + (y @ vectors) @ u + bias",
            "return (v * (y @ (vectors * u))).sum(axis=1) + bias",
            # the label is read as one class
            "return (v * (u + vectors[y.argmax(axis=1)])).sum(axis=1) + bias",
            "return (v * (u + np.round(y) @ vectors)).sum(axis=1) + bias",
            "return (v * (u + (y > 0) @ vectors)).sum(axis=1) + bias",
            "return v @ u + (v @ vectors.T * y).max(axis=1) + bias",
            "return v @ u + (v @ vectors.T).max(axis=1) + bias",
            "return v @ u + (v @ vectors.T).sum(axis=1) + bias",
            # another scale of the label
            "y = y / np.linalg.norm(y, axis=1, keepdims=True)\n"
            "return (v * (u + y @ vectors)).sum(axis=1) + bias",
            "y = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)\n"
            "return (v * (u + y @ vectors)).sum(axis=1) + bias",
            "y = y / y.sum(axis=0)\nreturn (v * (u + y @ vectors)).sum(axis=1) + bias",
            "return (v * (u + (1 - y) @ vectors)).sum(axis=1) + bias",
            "return (v * (u + y[:, ::-1] @ vectors)).sum(axis=1) + bias",
            # transposed, or of another shape
            "return (v * (u + y @ vectors.T)).sum(axis=1) + bias",
            "return (v * (u + y.T @ vectors)).sum(axis=1) + bias",
            "return v @ u + v @ vectors.T @ y.T + bias",
            "return v @ (u + y @ vectors).T + bias",
            "return (v * (u + y @ vectors)).sum(axis=0) + bias",
            "return (v * (u + y @ vectors)).sum() + bias",
            "return (v * (u + y @ vectors)).sum(axis=1, keepdims=True) + bias",
            "return v * (u + y @ vectors) + bias",
            "return ((v * (u + y @ vectors)).sum(axis=1) + bias).mean()",
            "return np.squeeze((v * (u + y @ vectors)).sum(axis=1) + bias)",
            # right for one row, for two labels, for as many rows as numbers
            "return v[0] @ (u + y[0] @ vectors) + bias",
            "return [v[0] @ (u + y[0] @ vectors) + bias]",
            "return np.full(len(v), v[0] @ (u + y[0] @ vectors) + bias)",
            "return v @ (u + y[0] @ vectors) + bias",
            "e = y[:, :1] * vectors[0] + y[:, 1:2] * vectors[1]\n"
            "return (v * (u + e)).sum(axis=1) + bias",
            "e = y[:, :1] * vectors[0] + (1 - y[:, :1]) * vectors[1]\n"
            "return (v * (u + e)).sum(axis=1) + bias",
            "return np.array([v[i] @ (u + y[i] @ vectors) + bias for i in range(5)])",
            # not a logit
            "s = (v * (u + y @ vectors)).sum(axis=1)\n"
            "return 1 / (1 + np.exp(-s - bias))",
            "return np.abs((v * (u + y @ vectors)).sum(axis=1) + bias)",
            "return np.round((v * (u + y @ vectors)).sum(axis=1) + bias)",
            "return np.zeros(len(v))",
            "return bias",
            "return 'logits'",
            "return layers.Dot(1)",
            "return {i: s for i, s in enumerate(v @ u + bias)}",
        )
        + ["project = 0.5"],
    },
    "Exercise 2": {
        "right": function(
            "disobeyed(asked, seen)",
            TABLE + WORST + OTHERS + "return worst, table[worst].argmax()",
            # never asked for: 0 / 0, which is left out
            TABLE + "with np.errstate(invalid='ignore'):\n"
            "    right = np.diag(table) / table.sum(axis=1)\n"
            "worst = np.nanargmin(right)\n"
            "return worst, (table - np.diag(np.diag(table)))[worst].argmax()",
            # class by class
            "worst = max(set(asked), key=lambda k: np.mean(seen[asked == k] != k))\n"
            "wrong = seen[(asked == worst) & (seen != worst)]\n"
            "return int(worst), int(np.bincount(wrong).argmax())",
            "kinds = np.unique(asked)\n"
            "right = [np.mean(seen[asked == k] == k) for k in kinds]\n"
            "worst = kinds[np.argmin(right)]\n"
            "kinds, times = np.unique(\n"
            "    seen[(asked == worst) & (seen != worst)], return_counts=True)\n"
            "return [worst, kinds[times.argmax()]]",
            # lists and counters
            "from collections import Counter\npairs = Counter(zip(asked, seen))\n"
            "share = {a: pairs[a, a] / list(asked).count(a) for a in set(asked)}\n"
            "worst = min(share, key=share.get)\n"
            "del pairs[worst, worst]\n"
            "return max((p for p in pairs if p[0] == worst), key=pairs.get)",
            # scikit-learn's table of shares, and TensorFlow's of times
            "from sklearn.metrics import confusion_matrix\n"
            "t = confusion_matrix(asked, seen, labels=range(10), normalize='true')\n"
            "t[t.sum(axis=1) == 0] = np.eye(10)[t.sum(axis=1) == 0]\n"
            "worst = np.diag(t).argmin()\nt[worst, worst] = -1\n"
            "return np.array([worst, t[worst].argmax()])",
            "t = tf.cast(tf.math.confusion_matrix(asked, seen, 10), 'float32')\n"
            "wrong = tf.linalg.set_diag(t, tf.zeros(10))\n"
            "share = tf.math.divide_no_nan(\n"
            "    tf.reduce_sum(wrong, 1), tf.reduce_sum(t, 1))\n"
            "worst = tf.argmax(share)\nreturn worst, tf.argmax(wrong[worst])",
            # one-hot; the classes as floats
            "t = np.eye(10)[asked].T @ np.eye(10)[seen]\n"
            "n, wrong = t.sum(axis=1), t * (1 - np.eye(10))\n"
            "worst = np.argmax(wrong.sum(axis=1) / (n + (n == 0)))\n"
            "return float(worst), float(wrong[worst].argmax())",
            # changes what it is given
            "rates = np.array([(seen[asked == k] != k).mean() if k in asked else -1\n"
            "                  for k in range(10)])\n"
            "worst = rates.argmax()\nseen[seen == worst] = 10\n"
            "times = np.bincount(seen[asked == worst], minlength=11)\n"
            "return worst, times[:10].argmax()",
        ),
        "wrong": function(
            "disobeyed(asked, seen)",
            # the number of times in place of the share
            TABLE + "np.fill_diagonal(table, 0)\nworst = table.sum(axis=1).argmax()\n"
            "return worst, table[worst].argmax()",
            TABLE + "np.fill_diagonal(table, 0)\n"
            "return np.unravel_index(table.argmax(), table.shape)",
            "wrong = asked != seen\nworst = np.bincount(asked[wrong]).argmax()\n"
            "return worst, np.bincount(seen[wrong & (asked == worst)]).argmax()",
            # the most frequent wrong pair, as a share
            TABLE + "t = table / np.maximum(table.sum(axis=1, keepdims=True), 1)\n"
            "np.fill_diagonal(t, 0)\nreturn np.unravel_index(t.argmax(), t.shape)",
            # a share of all, of the wrong ones, of the times it was seen
            TABLE + "t = table / table.sum()\nnp.fill_diagonal(t, 0)\n"
            "worst = t.sum(axis=1).argmax()\nreturn worst, t[worst].argmax()",
            TABLE + "np.fill_diagonal(table, 0)\n"
            "t = table / np.maximum(table.sum(axis=1, keepdims=True), 1)\n"
            "worst = t.sum(axis=1).argmax()\nreturn worst, t[worst].argmax()",
            TABLE
            + "table = table.T\n"
            + WORST
            + OTHERS
            + "return worst, table[worst].argmax()",
            TABLE + "right = np.diag(table) / np.maximum(table.sum(axis=0), 1)\n"
            "right[table.sum(axis=0) == 0] = 1\nworst = right.argmin()\n"
            + OTHERS
            + "return worst, table[worst].argmax()",
            "kinds = np.unique(seen)\n"
            "worst = max(kinds, key=lambda k: np.mean(asked[seen == k] != k))\n"
            "wrong = asked[(seen == worst) & (asked != worst)]\n"
            "return worst, np.bincount(wrong).argmax()",
            # never asked for: 0 of 0, which reads as never right
            TABLE + "right = np.diag(table) / np.maximum(table.sum(axis=1), 1)\n"
            "worst = right.argmin()\n" + OTHERS + "return worst, table[worst].argmax()",
            TABLE + "with np.errstate(invalid='ignore'):\n"
            "    worst = (np.diag(table) / table.sum(axis=1)).argmin()\n"
            + OTHERS
            + "return worst, table[worst].argmax()",
            "right = [np.mean(seen[asked == k] == k) for k in range(10)]\n"
            "worst = np.argmin(right)\n"
            "return worst, np.bincount(seen[asked == worst]).argmax()",
            # never right: left out, as if it were never asked for
            TABLE + "right = np.diag(table) / np.maximum(table.sum(axis=1), 1)\n"
            "right[right == 0] = 1\nworst = right.argmin()\n"
            + OTHERS
            + "return worst, table[worst].argmax()",
            # the place in a list of the classes in place of the class
            "kinds = np.unique(asked)\n"
            "worst = np.argmin([np.mean(seen[asked == k] == k) for k in kinds])\n"
            "wrong = seen[(asked == worst) & (seen != worst)]\n"
            "return worst, np.bincount(wrong, minlength=10).argmax()",
            "from sklearn.metrics import confusion_matrix\n"
            "table = confusion_matrix(asked, seen).astype(float)\n"
            + WORST
            + OTHERS
            + "return worst, table[worst].argmax()",
            TABLE
            + WORST
            + OTHERS
            + "return worst, np.delete(table[worst], worst).argmax()",
            # another class in its place
            TABLE + WORST + "return worst, table[worst].argmax()",
            TABLE + WORST + OTHERS + "return worst, table[:, worst].argmax()",
            TABLE + WORST + "np.fill_diagonal(table, 0)\n"
            "return worst, table.sum(axis=0).argmax()",
            TABLE + WORST + "return worst, np.bincount(seen).argmax()",
            TABLE + WORST + "return worst, np.bincount(seen[seen != worst]).argmax()",
            TABLE + WORST + OTHERS + "n = np.maximum(table.sum(axis=0), 1)\n"
            "return worst, (table / n)[worst].argmax()",
            TABLE
            + WORST
            + "n = np.maximum(table.sum(axis=0), 1)\n"
            + OTHERS
            + "return worst, (table / n)[worst].argmax()",  # of the times it is seen
            TABLE + WORST + OTHERS + "return worst, np.flatnonzero(table[worst])[0]",
            TABLE + WORST + OTHERS + "return worst, np.flatnonzero(table[worst])[-1]",
            TABLE + WORST + "return worst, seen[(asked == worst) & (seen != worst)][0]",
            TABLE + WORST + OTHERS + "return worst, table[worst].argmin()",
            TABLE + WORST + OTHERS + "return worst, np.argsort(table[worst])[-2]",
            TABLE + WORST + "second = np.argsort(shares)[-2]\nreturn worst, second",
            TABLE + WORST + OTHERS + "return worst, table[worst].max()",
            # swapped, too few, too many, of another kind
            TABLE + WORST + OTHERS + "return table[worst].argmax(), worst",
            "asked, seen = seen, asked\n"
            + TABLE
            + WORST
            + OTHERS
            + "return worst, table[worst].argmax()",
            TABLE + WORST + OTHERS + "return worst + 1, table[worst].argmax() + 1",
            TABLE + WORST + "return worst",
            TABLE
            + WORST
            + OTHERS
            + "return worst, table[worst].argmax(), shares[worst]",
            TABLE + WORST + OTHERS + "return {worst, table[worst].argmax()}",
            TABLE + WORST + OTHERS + "return {worst: table[worst].argmax()}",
            TABLE + WORST + OTHERS + "return f'{worst}{table[worst].argmax()}'",
            TABLE + WORST + OTHERS + "return str(worst), str(table[worst].argmax())",
            TABLE + WORST + OTHERS + "return shares[worst], table[worst].argmax()",
            TABLE + WORST + OTHERS + "return [worst], [table[worst].argmax()]",
            TABLE + WORST + OTHERS + "return table[worst]",
            # obeyed most; the class that is asked for, or seen, least
            TABLE
            + WORST
            + "worst = np.where(times > 0, shares, 2).argmin()\n"
            + OTHERS
            + "return worst, table[worst].argmax()",
            TABLE
            + "worst = np.diag(table).argmin()\n"
            + OTHERS
            + "return worst, table[worst].argmax()",
            TABLE
            + "n = table.sum(axis=1)\nworst = np.where(n > 0, n, 999).argmin()\n"
            + OTHERS
            + "return worst, table[worst].argmax()",
            "n = np.bincount(seen, minlength=10) - np.bincount(asked, minlength=10)\n"
            "return n.argmin(), n.argmax()",
            # constants
            "return 0, 4",
            "return 4, 9",
            "return 8, 3",
            "return asked[0], seen[0]",
            "return (asked != seen).mean()",
            "return asked[asked != seen], seen[asked != seen]",
            "return 0",
            "return 'eight'",
        )
        + ["disobeyed = (0, 4)"],
    },
    "Exercise 3": {
        "right": function(
            "honest(x, y, few, test_x, test_y)",
            honest(),
            # `experiment` with nothing that it could leak
            "a, b = few[:70], few[-30:]\n"
            "best, _ = experiment(x[a], y[a], slice(None), x[b], y[b])\n"
            "x, y = x[few], y[few]\n"
            "return experiment(x, y, slice(None), test_x, test_y, [best])",
            # one spread at a time
            "x, y = x[few], y[few]\nscores = {}\n"
            f"for s in {ALL}:\n"
            "    _, scores[s] = experiment(\n"
            "        x[:70], y[:70], range(70), x[70:], y[70:], spreads=(s,))\n"
            "best = max(scores, key=scores.get)\n"
            "return experiment(x, y, range(100), test_x, test_y, spreads=(best,))",
            # a loop that keeps the best
            "best, most = None, -1\na, b = few[:70], few[70:]\n"
            f"for s in {ALL}:\n"
            "    fake_x, fake_y = draw_like(x[a], y[a], s)\n"
            "    model = KNeighborsClassifier(5)\n"
            "    model.fit(np.r_[x[a], fake_x], np.r_[y[a], fake_y])\n"
            "    right = np.mean(model.predict(x[b]) == y[b])\n"
            "    if right > most:\n        best, most = s, right\n"
            "fake_x, fake_y = draw_like(x[few], y[few], best)\n"
            "model = KNeighborsClassifier(5, algorithm='brute')\n"
            "model.fit(np.r_[fake_x, x[few]], np.r_[fake_y, y[few]])\n"
            "return [best, np.mean(model.predict(test_x) == test_y)]",
            # neighbours by hand; an array; numbers of 32 bits
            "from scipy.spatial.distance import cdist\n"
            "def votes(own, s, at_x, at_y):\n"
            "    fake_x, fake_y = draw_like(x[own], y[own], s)\n"
            "    far = cdist(at_x, np.r_[x[own], fake_x])\n"
            "    near = np.argpartition(far, 5, axis=1)[:, :5]\n"
            "    counts = np.eye(10)[np.r_[y[own], fake_y][near]].sum(axis=1)\n"
            "    return (counts.argmax(axis=1) == at_y).mean()\n"
            f"scores = [votes(few[:70], s, x[few[70:]], y[few[70:]]) for s in {ALL}]\n"
            f"best = {ALL}[np.argmax(scores)]\n"
            "return np.float32([best, votes(few, best, test_x, test_y)])",
            # of equals, the last
            honest(CHOICE.replace("max(spreads", "max(spreads[::-1]")),
            # tries all spreads on the test digits, but does not look
            f"spreads = {ALL}\na, b = few[:70], few[70:]\n"
            "def all_of(a, *at):\n"
            "    return [experiment(x[a], y[a], range(len(a)), *at, (s,))[1]\n"
            "            for s in spreads]\n"
            "i = int(np.argmax(all_of(a, x[b], y[b])))\n"
            "return spreads[i], all_of(few, test_x, test_y)[i]",
        )
        # repairs the function that draws, under its own name
        + [
            READS.replace(
                "def reads(",
                "def draw_like(x, y, few, spread):\n"
                "    rng, kinds = np.random.default_rng(SEED), np.unique(y[few])\n"
                "    parts = [x[few][y[few] == k] for k in kinds]\n"
                "    mean, std = (\n"
                "        np.repeat([f(part, axis=0) for part in parts], 30, axis=0)\n"
                "        for f in (np.mean, np.std))\n"
                "    return rng.normal(mean, spread * std), np.repeat(kinds, 30)\n\n\n"
                "def reads(x, y, ",
            ).replace("x[seed], y[seed]", "x, y, seed")
            + function(
                "honest(x, y, few, test_x, test_y)",
                SPLIT
                + CHOICE.replace("reads(", "reads(x, y, ")
                + RESULT.replace("reads(", "reads(x, y, "),
            )[0]
        ],
        "wrong": function(
            "honest(x, y, few, test_x, test_y)",
            # both leaks, or one of them
            "return experiment(x, y, few, test_x, test_y)",
            "return experiment(x[few], y[few], np.arange(100), test_x, test_y)",
            "a, b = few[:70], few[70:]\n"
            "best, _ = experiment(x, y, a, x[b], y[b])\n"
            "return experiment(x, y, few, test_x, test_y, (best,))",
            "a, b = few[:70], few[70:]\n"
            "best, _ = experiment(x, y, a, x[b], y[b])\n"
            "x, y = x[few], y[few]\n"
            "return experiment(x, y, np.arange(100), test_x, test_y, (best,))",
            "a, b = few[:70], few[70:]\n"
            "best, _ = experiment(x[a], y[a], np.arange(70), x[b], y[b])\n"
            "return experiment(x, y, few, test_x, test_y, (best,))",
            # chooses again, by the test digits
            "a, b = few[:70], few[70:]\n"
            "experiment(x[a], y[a], np.arange(70), x[b], y[b])\n"
            "x, y = x[few], y[few]\n"
            "return experiment(x, y, np.arange(100), test_x, test_y)",
            "a, b = few[:70], few[70:]\n"
            "best, _ = experiment(x[a], y[a], np.arange(70), x[b], y[b])\n"
            "x, y = x[few], y[few]\n"
            "_, right = experiment(x, y, np.arange(100), test_x, test_y)\n"
            "return best, right",
            "a, b = few[:70], few[70:]\n"
            "_, right = experiment(x[a], y[a], np.arange(70), x[b], y[b])\n"
            "best, _ = experiment(x[few], y[few], np.arange(100), test_x, test_y)\n"
            "return best, right",
            honest(chosen("reads(s, a, a, test_x, test_y)")),
            honest(chosen("reads(s, few, few, test_x, test_y)")),
            # the digits that choose have helped to draw, or are neighbours
            honest(chosen("reads(s, a, few, x[b], y[b])")),
            honest(chosen("reads(s, few, a, x[b], y[b])")),
            honest(chosen("reads(s, few, few, x[b], y[b])")),
            honest(chosen("reads(s, a, a, x[a], y[a])")),
            honest(chosen("reads(s, a, slice(None), x[b], y[b])")),
            # other digits choose
            honest("a, b = few[30:], few[:30]\n" + CHOICE),
            honest("a, b = few[:30], few[30:]\n" + CHOICE),
            honest("b = np.setdiff1d(np.arange(len(x)), few)\n" + CHOICE),
            # the worst; the accuracy without fakes
            honest(CHOICE.replace("max(", "min(")),
            honest(
                "move = KNeighborsClassifier(5).fit(x[few], y[few])\n" + CHOICE,
                "return best, move.score(test_x, test_y)",
            ),
            # a constant
            honest("best = 0.2\n"),
            honest("best = 0.5\n"),
            honest("best = 2.0\n"),
            # another accuracy
            honest(result="return best, reads(best, a, a, x[b], y[b])"),
            honest(result="return best, reads(best, a, a, test_x, test_y)"),
            honest(result="return best, reads(best, few, a, test_x, test_y)"),
            honest(result="return best, reads(best, a, few, test_x, test_y)"),
            honest(result="return best, reads(best, few, few, x[b], y[b])"),
            honest(
                result="n = len(test_x)\n"
                "return best, n * reads(best, few, few, test_x, test_y)"
            ),
            honest().replace("Classifier(5)", "Classifier(1)"),
            honest().replace("Classifier(5)", "Classifier(5, weights='distance')"),
            # the first 100 in place of `few`
            honest("few = np.arange(100)\na, b = few[:70], few[70:]\n" + CHOICE),
            # swapped, too few, too many, of another kind
            honest(result="return reads(best, few, few, test_x, test_y), best"),
            honest(result="return best"),
            honest(
                result="right = reads(best, few, few, test_x, test_y)\n"
                "return best, right, 'honest'"
            ),
            honest(
                result="right = reads(best, few, few, test_x, test_y)\n"
                "return f'{best}', f'{right:.1%}'"
            ),
            "return 0.5, 0.85",
            "return np.nan, np.nan",
            "return 'no leak'",
        )
        + ["honest = experiment", "honest = 0.2, 0.9"],
    },
}
