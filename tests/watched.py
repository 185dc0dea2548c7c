"""A GAN that costs nothing, and a `fit` that replays given scalars to a callback."""

import numpy as np


class StillGAN:
    """What callbacks see of a GAN; draws what `spread` says, saves its step."""

    def __init__(self, step=0, spread=1.0, weight=1.0):
        self.step, self.spread, self.weight = step, spread, weight

    def generate(self, n, seed=0):
        return self.spread * np.random.default_rng(seed).normal(size=(n, 2))

    def state(self):
        return [np.asarray(self.weight)]

    def save_checkpoint(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(self.step))


def scalars(real=0.5, fake=-0.5, d_loss=1.2, g_loss=0.8):
    return dict(d_loss=d_loss, g_loss=g_loss, real_logits=real, fake_logits=fake)


def replay(callback, gan, logs, k=1, ends=True):
    """Call what `fit` calls in one epoch of `k` steps for each of `logs`."""
    callback.set_model(gan)
    callback.set_params({"steps": k * len(logs), "epochs": 1})
    callback.on_train_begin()
    callback.on_epoch_begin(0)
    for i, row in enumerate(logs):
        gan.step += k
        callback.on_train_batch_end((i + 1) * k - 1, row)
    if ends:
        callback.on_train_end()
    return callback
