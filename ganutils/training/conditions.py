"""GANs that are told something: labels, or what to translate.

What G is called with, and what D is shown, is all that such a GAN changes:

    >>> gan = training.ConditionalGAN(g, d, latent_dim=64)  # g takes [z, labels]
    >>> gan.fit((images, one_hot(digits)))
    >>> sevens = gan.generate(16, labels=7)
    >>> gan = training.TranslationGAN(g, d)
    >>> gan.fit((sharp, blurred))
    >>> restored = gan.generate(blurred[:16])
"""

import copy
import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ganutils.training import doors, looping, refusals, sound_layers
from ganutils.training.gan import GAN
from ganutils.training.latent import NoiseLabels, PitchLabels, codes, decode, one_hot
from ganutils.training.players import Players


class ConditionalGAN(GAN):
    """A GAN that is asked for labels: G for samples of them, D whether they fit.

    `fit` takes (samples, labels), labels as rows (n, k) of numbers, say of `one_hot`.
    D takes rows of both (`beside`), which it begins with taking `apart`.

    Args:
        generator: maps [z, labels], (batch, latent_dim) and (batch, k), to samples; in
            a step the labels are those of the real rows. With a `condition`: maps z.
        discriminator: maps rows (batch, numbers in a sample + k) to logits.
        condition: `NoiseLabels`: z → labels (batch, k), which G reads off z itself.
        **options: of `GAN`.

    Reference:
        Mirza, Osindero 2014, https://arxiv.org/abs/1411.1784
    """

    takes = "[z, labels], or with a `condition` of z"

    def __init__(self, *networks, condition: NoiseLabels | None = None, **options):
        self.condition = condition
        super().__init__(*networks, **options)

    def parts(self) -> list[doors.Part]:
        """Return what `fit` takes: samples and labels."""
        shape = tuple(self.generator.inputs[-1].shape)
        if self.condition is not None:
            shape = (None, self.condition.width)
        return [*super().parts(), doors.Part("labels", shape)]

    def draw(self, real, seed):
        """Return z, and beside it the labels of `real`, unless z has them."""
        z = super().draw(real, seed)
        return [z, real[1]] if self.condition is None else z

    def shown(self, real, drawn, fake, seed):
        """Return samples, augmented and viewed, each beside its labels."""
        samples, labels = real
        asked = drawn[1] if self.condition is None else self.condition(drawn)
        samples, fake = super().shown(samples, drawn, fake, seed)
        return beside(samples, labels), beside(fake, asked)

    def generate(self, n, seed=0, batch_size=1024, labels=None) -> np.ndarray:
        """Draw samples from the averaged generator; arguments as of `GAN.generate`.

        Args:
            labels: whole numbers 0 … k − 1, one for all or shape (n,), of the first
                label that z holds. Or rows (n, k), float, as `fit` takes them. None:
                what z asks for, or else each number in turn.
        """
        z, k = codes(n, self.latent_dim, seed), self.parts()[1].shape[1]
        drawn = told(z, labels, k, self.condition)
        return decode(self.ema_generator, drawn, batch_size)


def told(z, labels, k: int, condition: NoiseLabels | None):
    """Return what G is called with for z and labels, as `generate` takes them.

    That is [z, rows (n, k)], or with a `condition` z that asks for the labels.
    """
    n = len(z)
    if condition is not None:
        if labels is None:
            return z
        return condition.ask(z, 0, check_labels(labels, n, condition.sizes[0]))
    labels = np.arange(n) % k if labels is None else labels
    rows = np.asarray(labels)
    if rows.ndim < 2:
        rows = np.eye(k, dtype="float32")[check_labels(labels, n, k)]
    rows = doors.check_rows(rows, doors.Part("labels", (n, k)), 0)
    if len(rows) != n:
        raise ValueError(
            f"Expected `labels` of shape {(n, k)}, a row for each sample; received "
            f"{rows.shape}."
        )
    return [z, rows]


def check_labels(labels, n: int, k: int) -> np.ndarray:
    """Return whole numbers 0 … k − 1, one for all or (n,), as (n,); else ValueError."""
    given = np.asarray(labels)
    fits = given.dtype.kind in "iu" and given.size and given.shape in ((), (n,))
    if not fits or given.min() < 0 or given.max() >= k:
        raise ValueError(
            f"Expected `labels` as whole numbers from 0 to {k - 1}, one for all or {n} "
            f"of them; received {labels!r}."
        )
    return np.broadcast_to(given, n)


class TranslationGAN(GAN):
    """A GAN that turns inputs into targets: image to image, sound to sound.

    `fit` takes (targets, inputs), row by row; `generate` takes inputs.

    Args:
        generator: maps inputs (batch, …) to targets (batch, …); with a `latent_dim` it
            maps [inputs, z].
        discriminator: maps targets to logits, one a patch if it likes; with
            `d_sees_inputs` maps targets and inputs, joined along the last axis.
        latent_dim: components of z; 0: what G draws is a function of its input.
        d_sees_inputs: let D judge whether a target belongs to its input.
        **options: of `GAN`.

    Reference:
        Isola et al. 2017, https://arxiv.org/abs/1611.07004
    """

    takes, least_z = "inputs, or with a `latent_dim` of [inputs, z]", 0

    def __init__(self, *networks, latent_dim=0, d_sees_inputs=False, **options):
        self.d_sees_inputs = d_sees_inputs
        super().__init__(*networks, latent_dim=latent_dim, **options)

    def parts(self) -> list[doors.Part]:
        """Return what `fit` takes: targets and inputs."""
        targets = super().parts()[0]._replace(name="targets")
        return [targets, doors.Part("inputs", tuple(self.generator.inputs[0].shape))]

    def draw(self, real, seed):
        """Return the inputs of `real`, and z where G takes it."""
        return [real[1], super().draw(real, seed)] if self.latent_dim else real[1]

    def shown(self, real, drawn, fake, seed):
        """Return targets, real and drawn, with `d_sees_inputs` joined to the inputs."""
        targets, inputs = real
        if self.d_sees_inputs:
            join = keras.layers.concatenate  # along the last axis
            targets, fake = join([targets, inputs]), join([fake, inputs])
        return super().shown(targets, drawn, fake, seed)

    def generate(self, inputs, seed=0, batch_size=1024) -> np.ndarray:
        """Translate by the averaged generator; options as of `GAN.generate`.

        Args:
            inputs: shape (n, …), float, as `fit` takes them.

        Returns:
            Targets (n, …), float32.
        """
        drawn = inputs = doors.check_rows(inputs, self.parts()[1], 1)
        if self.latent_dim:
            drawn = [inputs, codes(len(inputs), self.latent_dim, seed)]
        return decode(self.ema_generator, drawn, batch_size)


class Pair(looping.Loop):
    """Two translations in opposite directions, trained by one `fit`.

    `fit` takes (a, b), two arrays of any lengths whose rows do not belong together, and
    gives each step rows of both. Compile both GANs, `there` from a to b and `back` from
    b to a, each with an extra loss that leads through the other: that is CycleGAN.

    Reference:
        Zhu et al. 2017, https://arxiv.org/abs/1703.10593

    Example:
        >>> def cycle(real, drawn, fake):
        ...     return tf.reduce_mean(abs(back.generator(fake, training=True) - drawn))
        >>> there.compile(extras=[losses.Extra("cycle", cycle, weight=10.0)])
    """

    paired = False
    step = property(lambda self: self.there.step, doc="Steps done.")
    seed = property(lambda self: self.there.seed, doc="Of the rows that a step draws.")
    d_steps = property(lambda self: self.there.d_steps, doc="Of each G step.")

    def __init__(self, there: TranslationGAN, back: TranslationGAN):
        super().__init__()
        shapes = [[p.shape for p in gan.parts()] for gan in (there, back)]
        if shapes[0] != shapes[1][::-1]:
            raise ValueError(
                "Expected `back` to turn the targets of `there` into its inputs; "
                f"received (targets, inputs) of {shapes[0]} and {shapes[1]}."
            )
        self.there, self.back = there, back
        self.built = True

    def compile(self, **keras_options):
        """Set how steps run, as `Loop.compile` does, of two GANs compiled before."""
        steps = [gan.compiled and gan.d_steps for gan in (self.there, self.back)]
        if not all(steps) or steps[0] != steps[1]:
            raise ValueError(
                "Expected two compiled GANs of the same `d_steps`; received "
                f"{steps[0]} and {steps[1]}."
            )
        own = {"loss": "compile each of the two GANs with its own"}
        super().compile(**refusals.without(own, "compile", keras_options))
        players = []
        for name, gan in (("there", self.there), ("back", self.back)):
            for player in map(copy.copy, gan.optimizer.optimizers):
                player.name = f"{name}_{player.name}"
                players.append(player)
        self.optimizer = Players(*players)

    def parts(self) -> list[doors.Part]:
        """Return what `fit` takes: rows of a, and rows of b."""
        drawn = self.back.parts()[0], self.there.parts()[0]
        names = "rows of a", "rows of b"
        return [p._replace(name=n) for p, n in zip(drawn, names, strict=True)]

    def train_step(self, real) -> dict[str, tf.Tensor]:
        """Do a step of `there`, then one of `back`; logs carry their names."""
        a, b = real
        logs = {"there": self.there.train_step((b, a))}
        logs["back"] = self.back.train_step((a, b))
        return {f"{n}_{key}": v for n, own in logs.items() for key, v in own.items()}

    def way(self) -> list:
        """Return what a traced step depends on."""
        return [*self.there.way(), *self.back.way()]

    def state(self) -> list:
        """Return every variable that training changes, in a fixed order."""
        return [*self.there.state(), *self.back.state()]


def with_pitches(
    hertz: np.ndarray, columns: Sequence
) -> tuple[np.ndarray, PitchLabels]:
    """Return what a GAN of voices is told of clips: their labels and their pitch.

    Args:
        hertz: pitch of each clip, (n,), as `audio.pitch` measures it; NaN for none.
        columns: for each label its values, (n,); the last one is whose voice it is.

    Returns:
        Rows (n, k), float32, for `ConditionalGAN.fit`; a clip without a pitch gets its
        voice's median. And the layer that reads such rows off z.

    Raises:
        ValueError: no clip of a voice has a pitch.
    """
    octaves = np.log2(np.asarray(hertz) / sound_layers.SourceFilter.HERTZ)
    voices, whose = np.unique(columns[-1], return_inverse=True)
    parts = [octaves[(whose == i) & np.isfinite(octaves)] for i in range(len(voices))]
    if without := [str(v) for v, p in zip(voices, parts, strict=True) if not len(p)]:
        raise ValueError(
            f"Expected a pitch in some clips of each voice; received none of {without}."
        )
    pairs = np.array([(np.median(part), part.std()) for part in parts])
    octaves = np.where(np.isnan(octaves), pairs[whose, 0], octaves)
    rows = np.column_stack([one_hot(*columns), octaves]).astype("float32")
    sizes = [len(np.unique(column)) for column in columns]
    return rows, PitchLabels(sizes, pairs)


def beside(samples, condition) -> tf.Tensor:
    """Return each sample, flattened, followed by its condition, (batch, k).

    The result, (batch, numbers in a sample + k), has the type of the samples.
    """
    flat = keras.ops.reshape(samples, (-1, math.prod(samples.shape[1:])))
    return tf.concat([flat, tf.cast(condition, flat.dtype)], 1)


def apart(rows, shape: Sequence[int]) -> tuple:
    """Return samples and conditions of rows that `beside` made: the start of a D.

    No gradient flows into the condition: a penalty on D's slope is one on samples.

    Args:
        rows: shape (batch, numbers in a sample + k), or a `keras.Input` of that shape.
        shape: of a sample, without the batch.
    """
    size = math.prod(shape)
    samples = keras.ops.reshape(rows[:, :size], (-1, *shape))
    return samples, keras.ops.stop_gradient(rows[:, size:])
