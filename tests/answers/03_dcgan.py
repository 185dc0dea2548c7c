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
            "for _ in range(2):\n    fifth = convolutions.transposed_output_size"
            '(fifth, 4, 2, "valid")',
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
        ],
    },
    "Exercise 2": {
        "right": [
            "with_bias, without_bias = 32_800, 32_768",
            "with_bias, without_bias = (4 * 4 * 64 + 1) * 32, 2**15",
            "layer = layers.Conv2DTranspose(32, 4, strides=2)\n"
            "layer.build((None, 5, 5, 64))\n"
            "with_bias = layer.count_params()\nwithout_bias = with_bias - 32",
        ],
        "wrong": [
            "with_bias, without_bias = 32_768, 32_768",
            "with_bias, without_bias = 32_832, 32_768",  # a bias an input channel
            "with_bias, without_bias = 32_768, 32_800",  # swapped
            "with_bias, without_bias = 8_224, 8_192",  # divided by the stride's square
            "with_bias, without_bias = 16_416, 16_384",  # divided by the stride
            "with_bias, without_bias = 65_568, 65_536",  # times the stride
            "with_bias, without_bias = 8_224, 8_192",  # one side of the kernel
            "with_bias, without_bias = 544, 512",  # one input channel
            "with_bias, without_bias = 32_769, 32_768",  # one bias
            "with_bias, without_bias = 32_784, 32_768",  # a bias a pixel of the stamp
            "with_bias, without_bias = 34_816, 32_768",  # a bias a stamp
            "with_bias, without_bias = 32_810, 32_760",
            "with_bias, without_bias = 32.8, 32.768",
        ],
    },
    "Exercise 3": {
        "right": function(
            "stamps(kernel, stride)",
            "return int(np.floor(kernel / stride)), int(np.ceil(kernel / stride))",
            "return [np.floor(kernel / stride), np.ceil(kernel / stride)]",
            "least, rest = divmod(kernel, stride)\nreturn least, least + (rest > 0)",
            "return kernel // stride, (kernel + stride - 1) // stride",
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
            "return stride // kernel, -(-stride // kernel)",
            "return -(-kernel // stride)",
            "return {(4, 2): (2, 2), (5, 2): (2, 3), (6, 4): (1, 2), (3, 4): (0, 1)}"
            "[kernel, stride]",
        ),
    },
    "Exercise 4": {
        "right": function(
            "truncated(n, limit, rng)",
            "z = np.empty(0)\nwhile len(z) < n:\n"
            "    new = rng.normal(size=n)\n"
            "    z = np.concatenate([z, new[np.abs(new) <= limit]])\nreturn z[:n]",
            "z = rng.standard_normal(n)\nwhile np.abs(z).max() > limit:\n"
            "    z = np.where(np.abs(z) > limit, rng.standard_normal(n), z)\n"
            "return keras.ops.convert_to_tensor(z)",
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
    "Exercise 5": {
        "right": function(
            "add_batch_spread(x)",
            "s = np.sqrt(((x - x.mean(0)) ** 2).mean(0)).mean()\n"
            "return np.concatenate([x, np.full((*x.shape[:3], 1), s)], axis=3)",
            "s = keras.ops.mean(keras.ops.std(x, axis=0))\n"
            "s = s * keras.ops.ones_like(x[..., :1])\n"
            "return keras.ops.concatenate([x, s], -1)",
            "s = np.mean(np.std(x, axis=0))\n"
            "return np.insert(x, x.shape[-1], s, axis=-1)",
            "x -= x.mean() * 0\ns = np.std(x, 0).mean()\n"
            "return np.pad(x, [(0, 0)] * 3 + [(0, 1)], constant_values=s).tolist()",
            "s = np.sqrt(np.var(x, axis=0) + 1e-8).mean()\n"
            "return np.append(x, np.ones_like(x[..., :1]) * s, axis=-1)",
        ),
        "wrong": function(
            "add_batch_spread(x)",
            *[
                f"s = {spread}\nreturn np.concatenate("
                "[x, s * np.ones_like(x[..., :1])], axis=-1)"
                for spread in (
                    "x.std()",
                    "(x.max() - x.min()) / 2",
                    "(x.max(0) - x.min(0)).mean() / 2",
                    "np.mean(x)",
                    "2.0",
                    "np.sqrt(x.max())",
                    "np.sqrt(np.abs(x).max())",
                    "np.std(x, axis=0, ddof=1).mean()",
                    "np.var(x, axis=0).mean()",
                    "np.sqrt(np.var(x, axis=0).mean())",  # the root of the mean
                    "np.std(x, axis=(0, 1, 2)).mean()",
                    "np.std(x, axis=(1, 2, 3)).mean()",
                    "np.std(x, axis=-1).mean()",
                    "np.std(x.mean((1, 2, 3)))",
                    "np.median(np.std(x, axis=0))",
                    "np.std(x, axis=0).max()",
                    "np.abs(x - x.mean(0)).mean()",
                    "np.std(x, axis=0).sum()",
                    "np.std(x, axis=0).mean(-1, keepdims=True)",  # one a position
                    "np.std(x[:2], axis=0).mean()",
                    "x.std(axis=(1, 2, 3), keepdims=True)",  # one an image
                )
            ],
            "return np.concatenate([x, np.std(x, 0, keepdims=True) + 0 * x], -1)",
            "s = np.std(x, axis=0).mean()\n"
            "return np.concatenate([np.full_like(x[..., :1], s), x], axis=-1)",
            "return np.full_like(x[..., :1], np.std(x, axis=0).mean())",
            "return np.std(x, axis=0).mean()",
            "return x + np.std(x, axis=0).mean()",
            "s = np.std(x, axis=0).mean()\n"
            "return np.concatenate([x, np.full_like(x[:1], s)], axis=0)",
            "x[..., -1] = np.std(x, axis=0).mean()\nreturn x",
            "return np.concatenate([x, np.std(x, axis=0).mean()], axis=-1)",
        ),
    },
}
