# %% [markdown]
# # Draw pictures with convolutions: a DCGAN, tested and measured

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils import training
from ganutils.kit import runtime
from ganutils.training import losses

# %% tags=["shared", "nbval-ignore-output"]
SEED, LATENT, BATCH, RATE, GPU_WIDTH = 0, 64, 64, 2e-3, 64
WIDTH = runtime.pick(smoke=8, cpu=16, gpu=GPU_WIDTH)
STEPS = runtime.pick(smoke=100, cpu=14_000, gpu=50_000)

# %% tags=["shared"]
def enlarge(filters, kernel, resize=False, **options):
    """Return the layers that double the side of a map."""
    options = {"padding": "same"} | options
    if resize:
        return [layers.UpSampling2D(2), layers.Conv2D(filters, kernel, **options)]
    return [layers.Conv2DTranspose(filters, kernel, 2, **options)]


# %% tags=["shared"]
def halve(size):
    """Return the side of the smallest map, at most 7, and the halvings down to it."""
    for times in range(1, 8):
        if size % 2**times == 0 and 0 < size <= 7 * 2**times:
            return size // 2**times, times
    raise ValueError(f"Expected `size` = 2ⁿ · (at most 7), n ≥ 1; received {size!r}.")


def make_generator(
    size=28, channels=1, latent_dim=64, width=16, hidden=64, kernel=4, norm=True,
    resize=False, slope=0.2, last="tanh", init="glorot_uniform",
):  # fmt: skip
    """Return G: z (batch, latent_dim) → pictures (batch, size, size, channels)."""
    side, times = halve(size)
    filters = width * 2 ** (times - 1)
    options = {"kernel_initializer": init, "use_bias": not norm}
    z = x = keras.Input((latent_dim,))
    if hidden:
        x = layers.LeakyReLU(slope)(layers.Dense(hidden, kernel_initializer=init)(z))
        x = layers.Concatenate()([z, x])
    x = layers.Dense(side**2 * filters, **options)(x)
    x = layers.Reshape((side, side, filters))(x)
    for is_last in [False] * (times - 1) + [True]:
        x = layers.BatchNormalization(momentum=0.9)(x) if norm else x
        x = layers.LeakyReLU(slope)(x)
        filters = channels if is_last else filters // 2
        options["use_bias"] = is_last or not norm
        for layer in enlarge(filters, kernel, resize, **options):
            x = layer(x)
    return keras.Model(z, layers.Activation(last)(x), name="generator")


# %% tags=["shared"]
class Spread(layers.Layer):
    """Append one map: the standard deviation within groups of at most 16 pictures."""

    def call(self, x):
        group = tf.minimum(16, tf.shape(x)[0])
        groups = tf.reshape(x, (-1, group, *x.shape[1:]))
        deviation = tf.sqrt(tf.math.reduce_variance(groups, axis=1) + 1e-8)
        one = tf.reduce_mean(deviation, axis=(1, 2, 3))  # a number for each group
        one = tf.repeat(one, group)[:, None, None, None]
        return tf.concat([x, one * tf.ones_like(x[..., :1])], axis=-1)


def make_discriminator(
    size=28, channels=1, width=16, hidden=256, kernel=3, norm=False, slope=0.2,
    pool=False, spread=True, init="glorot_uniform",
):  # fmt: skip
    """Return D: pictures (batch, size, size, channels) → logits (batch, 1)."""
    stack, stride = [keras.Input((size, size, channels))], 1 if pool else 2
    options = {"padding": "same", "kernel_initializer": init}
    for i in range(halve(size)[1]):
        stack.append(layers.Conv2D(width * 2**i, kernel, stride, **options))
        stack += [layers.MaxPooling2D(2)] if pool else []
        stack += [layers.BatchNormalization(momentum=0.9)] if norm and i else []
        stack.append(layers.LeakyReLU(slope))
    stack += [Spread()] if spread else []
    stack.append(layers.Flatten())
    if hidden:
        stack.append(layers.Dense(hidden, kernel_initializer=init))
        stack.append(layers.LeakyReLU(slope))
    return keras.Sequential(
        [*stack, layers.Dense(1, kernel_initializer=init)], name="discriminator"
    )


# %% tags=["shared"]
def make_gan(
    in_g=(), in_d=(), width=WIDTH, steps=STEPS, seed=SEED, rate=RATE, augment=None,
    fuse=None, **size,
):  # fmt: skip
    """Return a compiled GAN; its rates fall to 0 over `steps`, or stay (None)."""
    runtime.set_seed(seed)
    size = {"width": width, **size}
    generator = make_generator(latent_dim=LATENT, **{**size, **dict(in_g)})
    discriminator = make_discriminator(**{**size, **dict(in_d)})
    identity = {"latent_dim": LATENT, "ema_decay": 0.9995, "seed": seed}
    gan = training.GAN(generator, discriminator, **identity)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps) if steps else rate
    gan.compile(
        "non_saturating",
        [losses.r1(gamma=1.0, interval=8)],
        *(keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99) for _ in "DG"),
        augment=augment,
        one_pass=True,
        fuse_updates=(steps or 1e9) > 1_000 if fuse is None else fuse,
        steps_per_execution=10,
    )
    return gan
