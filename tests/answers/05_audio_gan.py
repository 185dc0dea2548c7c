"""Answers to chapter 5's exercises: `right` must pass, `wrong` must be refused."""


def function(head, *bodies):
    """Return the code of one function for each body, a line or several."""
    return [f"def {head}:\n    " + body.replace("\n", "\n    ") for body in bodies]


def pair(robot, whisper, predictions="[False, True]"):
    """Return the code of an answer to exercise 4; the functions may change `c`."""
    head = "c = np.array(controls)\n"
    parts = function("robot(controls)", head + robot)
    parts += function("whisper(controls)", head + whisper)
    return "\n\n".join([*parts, f"predictions = {predictions}"])


ROBOT = "c[..., 0] = c[..., 0].mean(axis=1, keepdims=True)\nreturn c"
WHISPER = "c[..., 1:33] = -8\nc[..., 33:] += 2\nreturn c"
LINES = """f, left, top, right = f[:, None], edges[:-2], edges[1:-1], edges[2:]
up, down = (f - left) / (top - left), (right - f) / (right - top)
"""
HATS = LINES + "hats = np.maximum(0, np.minimum(up, down))\n"

ANSWERS = {
    "Exercise 1": {
        "right": function(
            "triangles(f, edges)",
            LINES + "return np.clip(np.minimum(up, down), 0, 1)",
            # each value by its own condition
            LINES + "rises, falls = (left <= f) & (f <= top), (top < f) & (f < right)\n"
            "return np.where(rises, up, np.where(falls, down, 0))",
            # a loop over the bands
            "m = np.zeros((len(f), len(edges) - 2))\nfor k in range(m.shape[1]):\n"
            "    m[:, k] = np.interp(f, edges[k : k + 3], [0, 1, 0])\nreturn m",
            # librosa's way: ramps of all corners
            "ramps, d = np.subtract.outer(edges, f), np.diff(edges)[:, None]\n"
            "up, down = -ramps[:-2] / d[:-1], ramps[2:] / d[1:]\n"
            "return np.maximum(0, np.minimum(up, down)).T",
            # lists of lists, number by number
            "def hat(x, a, b, c):\n"
            "    return max(0, min((x - a) / (b - a), (c - x) / (c - b)))\n"
            "return [[hat(x, *edges[k : k + 3]) for k in range(len(edges) - 2)]\n"
            "        for x in f]",
            HATS + "return tf.constant(hats)",
            HATS + "return hats.astype('float32')",
            # in float32 all the way
            "f, edges = np.float32(f), np.float32(edges)\n" + HATS + "return hats",
            # changes what it is given
            "edges -= 1\nf -= 1\n" + HATS + "return hats",
        ),
        "wrong": function(
            "triangles(f, edges)",
            HATS + "return hats.T",  # (bands, frequencies)
            HATS + "return hats * 2 / (right - left)",  # of equal area: slaney
            HATS + "return hats / hats.sum(axis=0)",
            HATS + "return hats / hats.max(axis=0)",
            HATS + "return hats / (1e-9 + hats.sum(axis=1, keepdims=True))",
            HATS + "return hats**2",
            HATS + "return np.sqrt(hats)",
            HATS + "return hats[:, ::-1]",
            HATS + "return 1 - hats",
            HATS + "return hats > 0",  # rectangles
            HATS + "return 1.0 * (hats > 0)",
            HATS + "return np.where(f == top, 0, hats)",  # a hole at the top
            HATS + "return np.where(f < edges[-1], hats, 1)",  # does not stay 0
            HATS + "return hats[:, :5]",
            HATS + "return hats.ravel()",
            HATS + "return hats[None]",
            LINES + "return np.minimum(up, down)",  # below 0 outside
            LINES + "return np.maximum(0, np.maximum(up, down))",
            LINES + "return np.clip(up, 0, 1)",  # never falls
            LINES + "return np.clip(down, 0, 1)",
            LINES + "return np.clip(up, 0, 1) + np.clip(down, 0, 1)",  # 1 too large
            LINES + "return np.abs(np.minimum(up, down))",
            LINES + "return np.where((left <= f) & (f < top), up, 0)",  # half a hat
            LINES + "return np.where((left < f) & (f < right), up, 0)",
            # the slope of the other side
            LINES + "down = (right - f) / (top - left)\n"
            "return np.maximum(0, np.minimum(up, down))",
            # straight on the mel scale, not in Hz
            "f, edges = (1127 * np.log1p(x / 700) for x in (f, edges))\n"
            + HATS
            + "return hats",
            "f, edges = (np.log1p(x) for x in (f, edges))\n" + HATS + "return hats",
            # smooth, not straight
            HATS + "return (1 - np.cos(np.pi * hats)) / 2",
            # one corner off
            "m = np.zeros((len(f), len(edges) - 2))\nfor k in range(1, m.shape[1]):\n"
            "    m[:, k] = np.interp(f, edges[k - 1 : k + 2], [0, 1, 0])\nreturn m",
            # corners in place of bands
            "return np.transpose([np.interp(f, edges, e) for e in np.eye(len(edges))])",
            # all bands as wide
            "edges = np.linspace(edges[0], edges[-1], len(edges))\n"
            + HATS
            + "return hats",
            # the number of bands, or of frequencies, by heart
            "m = np.zeros((len(f), 40))\nfor k in range(40):\n"
            "    m[:, k] = np.interp(f, edges[k : k + 3], [0, 1, 0])\nreturn m",
            "m = np.zeros((257, len(edges) - 2))\nfor k in range(m.shape[1]):\n"
            "    m[:, k] = np.interp(f, edges[k : k + 3], [0, 1, 0])\nreturn m",
            "return matrix",  # the chapter's own
            "f, edges = edges, f\n" + HATS + "return hats",
            "return np.zeros((len(f), len(edges) - 2))",
            "return np.ones((len(f), len(edges) - 2))",
            "return 0.5",
            "return 'triangles'",
        ),
    },
    "Exercise 2": {
        "right": function(
            "shifted(x, shift)",
            "n = len(x)\ni = np.abs(np.arange(n) - shift)\n"
            "return x[np.where(i < n, i, 2 * (n - 1) - i)]",
            "if shift >= 0:\n"
            "    return np.pad(x, ((shift, 0), (0, 0)), mode='reflect')[: len(x)]\n"
            "return np.pad(x, ((0, -shift), (0, 0)), mode='reflect')[-shift:]",
            "left, right = max(shift, 0), max(-shift, 0)\n"
            "wide = np.pad(x, ((left, right), (0, 0)), 'reflect')\n"
            "return wide[right : right + len(x)].tolist()",
            # channel by channel
            "e = abs(shift)\nrows = [np.pad(c, e, mode='reflect') for c in x.T]\n"
            "return np.transpose(rows)[e - shift : e - shift + len(x)]",
            "e = abs(shift)\nwide = tf.pad(x, [[e, e], [0, 0]], mode='REFLECT')\n"
            "return wide[e - shift : e - shift + len(x)]",
            # changes what it is given
            "old = x.copy()\nn = len(old)\nfor i in range(n):\n"
            "    j = abs(i - shift)\n    x[i] = old[j if j < n else 2 * n - 2 - j]\n"
            "return x",
            # pieces joined
            "if shift > 0:\n"
            "    return np.concatenate([x[shift:0:-1], x[: len(x) - shift]])\n"
            "return np.concatenate([x[-shift:], x[-2 : -2 + shift : -1]])",
            "e, x = abs(shift), np.float32(x)\n"
            "wide = np.pad(x, ((e, e), (0, 0)), 'reflect')\n"
            "return wide[e - shift : e - shift + len(x)]",
            "n = len(x) - 1\nreturn x[n - abs(n - abs(np.arange(n + 1) - shift))]",
        ),
        "wrong": function(
            "shifted(x, shift)",
            "return np.roll(x, shift, axis=0)",
            "return np.roll(x, shift)",
            *[
                "e, both = abs(shift), ((abs(shift), abs(shift)), (0, 0))\n"
                f"return {wide}"
                for wide in (
                    # other edges
                    "np.pad(x, both, 'symmetric')[e - shift : e - shift + len(x)]",
                    "np.pad(x, both, 'edge')[e - shift : e - shift + len(x)]",
                    "np.pad(x, both)[e - shift : e - shift + len(x)]",
                    "np.pad(x, both, 'wrap')[e - shift : e - shift + len(x)]",
                    "np.pad(x, both, 'mean')[e - shift : e - shift + len(x)]",
                    "np.pad(x, both, 'linear_ramp')[e - shift : e - shift + len(x)]",
                    "np.pad(x, both, 'reflect', reflect_type='odd')"
                    "[e - shift : e - shift + len(x)]",
                    # the wrong way, or always one way, or not at all
                    "np.pad(x, both, 'reflect')[e + shift : e + shift + len(x)]",
                    "np.pad(x, both, 'reflect')[: len(x)]",
                    "np.pad(x, both, 'reflect')[2 * e :]",
                    "np.pad(x, both, 'reflect')[e : e + len(x)]",
                    # another length
                    "np.pad(x, both, 'reflect')[e - shift :]",
                    "np.pad(x, both, 'reflect')",
                    "np.pad(x, both, 'reflect')[e - shift : e - shift + 8]",
                    "np.pad(x, both, 'reflect')[e - shift : -e - shift]",
                    # one off
                    "np.pad(x, both, 'reflect')[e - shift - 1 :][: len(x)]",
                    "np.pad(x, both, 'reflect')[e - shift + 1 :][: len(x)]",
                    # the channels, too
                    "np.pad(x, e, 'reflect')[e - shift : e - shift + len(x)]",
                    "np.pad(x, e, 'reflect')[e - shift : e - shift + len(x), e:-e]",
                    "np.pad(x, both, 'reflect')[e - shift :][: len(x), ::-1]",
                    "np.pad(x, both, 'reflect')[e - shift :][: len(x), :1]",
                    "np.pad(x, both, 'reflect')[e - shift :][: len(x)].T",
                    "np.pad(x, both, 'reflect')[e - shift :][: len(x)].ravel()",
                    "np.pad(x[:, 0], e, 'reflect')[e - shift :][: len(x)]",
                    # an edge of a fixed width
                    "np.pad(x, ((2, 2), (0, 0)), 'reflect')[2 - shift :][: len(x)]",
                    "np.pad(x, ((3, 3), (0, 0)), 'reflect')[3 - shift :][: len(x)]",
                    "np.concatenate([x[:e][::-1], x])[: len(x)]",
                    "np.concatenate([x[1 : e + 1][::-1], x])[: len(x)]",
                    "x[np.abs(np.arange(len(x)) - shift) % len(x)]",
                )
            ],
            # a shift of at most 2, of at most half
            "s = int(np.clip(shift, -2, 2))\nwide = np.pad(x, ((2, 2), (0, 0)), "
            "'reflect')\nreturn wide[2 - s : 2 - s + len(x)]",
            "s = int(np.clip(shift, -(len(x) // 2), len(x) // 2))\ne = abs(s)\n"
            "return np.pad(x, ((e, e), (0, 0)), 'reflect')[e - s : e - s + len(x)]",
            "s = shift % len(x)\n"
            "return np.pad(x, ((s, 0), (0, 0)), 'reflect')[: len(x)]",
            # in place, from values that have moved already
            "n = len(x)\nfor i in range(n):\n"
            "    j = abs(i - shift)\n    x[i] = x[j if j < n else 2 * n - 2 - j]\n"
            "return x",
            "shift, x = x, shift\nreturn np.roll(x, shift)",  # swapped
            "return x + shift",
            "return x[::-1]",
            "return x",
            "return 0",
        ),
    },
    "Exercise 3": {
        "right": ['choice = "b"', "choice = 'B'", 'choice = "b "', 'choice = " B\\n"'],
        "wrong": [
            'choice = "a"',
            'choice = "c"',
            "choice = 0",
            "choice = 1",
            "choice = True",
            'choice = ""',
            'choice = "ab"',
            'choice = "b, c"',
            'choice = ["b"]',
            'choice = {"b"}',
            'choice = b"b"',
            'choice = np.array(["b"])',
            'choice = tf.constant("b")',
            "choice = np.nan",
            "choice = errors",
            'choice = "?"',  # what the check holds before it computes
        ],
    },
    "Exercise 4": {
        "right": [
            pair(ROBOT, WHISPER),
            pair(ROBOT, WHISPER, "(False, True)"),
            pair(ROBOT, WHISPER, "np.array([False, True])"),
            pair(ROBOT, WHISPER, "[np.False_, np.True_]"),
            # by parts
            pair(
                "m = c[:, :, :1].mean(axis=1, keepdims=True)\n"
                "m = np.repeat(m, c.shape[1], axis=1)\n"
                "return np.concatenate([m, c[:, :, 1:]], axis=2)",
                "pitch, pulse, noise = tf.split(controls, [1, 32, 16], axis=2)\n"
                "return tf.concat([pitch, 0 * pulse - 8, noise + 2], axis=2)",
            ),
            # clip by clip; lists, and numbers of 64 bits
            pair(
                "c = c.astype('float64')\nfor clip in c:\n"
                "    clip[:, 0] = clip[:, 0].mean()\nreturn c.tolist()",
                "change = np.r_[0, np.zeros(32), np.full(16, 2)]\n"
                "i = np.arange(49)\n"
                "return np.where((i > 0) & (i < 33), -8, c + change)",
            ),
            # by a mask
            pair(
                "first = np.arange(c.shape[-1]) == 0\n"
                "return np.where(first, c.mean(axis=1, keepdims=True), c)",
                "voiced = np.r_[0, np.ones(VOICED), np.zeros(NOISE)]\n"
                "noisy = np.r_[np.zeros(1 + VOICED), np.ones(NOISE)]\n"
                "return c * (1 - voiced) - 8 * voiced + 2 * noisy",
            ),
        ],
        "wrong": [
            # one prediction wrong, both, or none that can be read
            pair(ROBOT, WHISPER, "[True, False]"),
            pair(ROBOT, WHISPER, "[True, True]"),
            pair(ROBOT, WHISPER, "[False, False]"),
            pair(ROBOT, WHISPER, "['False', 'True']"),
            pair(ROBOT, WHISPER, "[0, 1]"),
            pair(ROBOT, WHISPER, "False, True, True"),
            pair(ROBOT, WHISPER, "[False]"),
            pair(ROBOT, WHISPER, "True"),
            pair(ROBOT, WHISPER, "'no, yes'"),
            pair(ROBOT, WHISPER, "[None, True]"),
            pair(ROBOT, WHISPER, "{False, True}"),
            pair(ROBOT, WHISPER, "{'robot': False, 'whisper': True}"),
            *[
                pair(robot, WHISPER)
                for robot in (
                    # another pitch than the clip's mean
                    "c[..., 0] = np.median(c[..., 0], axis=1, keepdims=True)\nreturn c",
                    "c[..., 0] = c[..., 0].mean()\nreturn c",  # one for all clips
                    "c[..., 0] = c[..., 0].mean(axis=0)\nreturn c",  # over the clips
                    "c[..., 0] = c[:, :1, 0]\nreturn c",  # the first frame's
                    "c[..., 0] = c[..., 0].max(axis=1, keepdims=True)\nreturn c",
                    "c[..., 0] = 0\nreturn c",  # 150 Hz
                    "c[..., 0] = np.log2(\n"
                    "    (2 ** c[..., 0]).mean(axis=1, keepdims=True))\nreturn c",
                    "c[..., 0] -= c[..., 0].mean(axis=1, keepdims=True)\nreturn c",
                    # more than the pitch
                    "return 0 * c + c.mean(axis=1, keepdims=True)",
                    "c[..., :2] = c[..., :2].mean(axis=1, keepdims=True)\nreturn c",
                    "c[..., 1] = c[..., 1].mean(axis=1, keepdims=True)\nreturn c",
                    "c[..., -1] = c[..., -1].mean(axis=1, keepdims=True)\nreturn c",
                    "c[..., 0] = c[..., 0].mean(axis=1, keepdims=True)\n"
                    "c[..., 33:] = -8\nreturn c",
                    # of another shape
                    "return c[..., 0].mean(axis=1)",
                    "return c[..., :1].mean(axis=1, keepdims=True)",
                    "c[0, :, 0] = c[0, :, 0].mean()\nreturn c",  # the first clip only
                    "return c",
                    "return 0",
                    # changes what it is given
                    "controls[..., 0] = c[..., 0].mean(axis=1, keepdims=True)\n"
                    "return controls",
                )
            ],
            *[
                pair(ROBOT, whisper)
                for whisper in (
                    "c[..., 1:33] = -8\nc[..., 33:] = 2\nreturn c",  # a constant
                    "c[..., 1:33] = -8\nc[..., 33:] -= 2\nreturn c",
                    "c[..., 1:33] = -8\nc[..., 33:] *= 2\nreturn c",
                    "c[..., 1:33] = -8\nreturn c",  # no more noise
                    "c[..., 33:] += 2\nreturn c",  # the pulses stay
                    "c[..., 1:33] -= 8\nc[..., 33:] += 2\nreturn c",
                    "c[..., 1:33] = 8\nc[..., 33:] += 2\nreturn c",
                    "c[..., 1:33] = 0\nc[..., 33:] += 2\nreturn c",
                    # one off, at either end
                    "c[..., 1:32] = -8\nc[..., 33:] += 2\nreturn c",
                    "c[..., 1:34] = -8\nc[..., 34:] += 2\nreturn c",
                    "c[..., 0:33] = -8\nc[..., 33:] += 2\nreturn c",
                    "c[..., 0:32] = -8\nc[..., 32:] += 2\nreturn c",
                    "c[..., 1:33] = -8\nc[..., 34:] += 2\nreturn c",
                    "c[..., 1:33] = -8\nc[..., 33:48] += 2\nreturn c",
                    "c[..., 1:17] = -8\nc[..., 17:] += 2\nreturn c",  # counts swapped
                    "c[..., 33:] = -8\nc[..., 1:33] += 2\nreturn c",  # parts swapped
                    "c[:, 1:33] = -8\nc[:, 33:] += 2\nreturn c",  # frames
                    "c[..., 1:33] = -8\nc[..., 33:] += 2\nreturn c[..., 1:]",
                    "c[0, :, 1:33] = -8\nc[0, :, 33:] += 2\nreturn c",
                    "return c",
                    # changes what it is given
                    "controls[..., 1:33] = -8\ncontrols[..., 33:] += 2\n"
                    "return controls",
                )
            ],
            pair(WHISPER, ROBOT),  # swapped
        ],
    },
}
