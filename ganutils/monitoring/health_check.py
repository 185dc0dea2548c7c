"""One callback that looks for every common failure and says in words what it sees."""

import contextlib
import functools

import numpy as np
import tensorflow as tf

from ganutils.monitoring import alarms, probe
from ganutils.monitoring.saving import NonFinite
from ganutils.training.latent import sample_z


class HealthCheck(alarms.Watch):
    """Look for the failures of `DETECTORS` before and while a GAN trains.

    Before the first step a probe watches two steps on a small batch and undoes them;
    during training the alarms look. Training itself is the same, bit for bit.

    Args:
        real: real samples (n, …), n ≥ 2.
        every: steps from one look into the networks to the next.
        coverage: as in `MissingModes`; without it missing modes are not looked for.
        start: first step at which samples are judged; an untrained G draws one thing.
        patience: steps that a sign must last; missing modes five times as long, and
            swapped logits 100 at most.

    Attributes:
        problems: looks that could not be taken at this GAN, and why.

    Raises:
        ValueError: an argument is out of range; see `Collapse`.
        FloatingPointError: out of `fit`, as `NonFinite` does.
    """

    def __init__(
        self, real: np.ndarray, every=100, coverage=None, *, start=1000, patience=300
    ):
        super().__init__()
        self.real, self.problems = np.asarray(real), []
        # These thresholds, and no others, are measured by benchmarks/failure_lab.py, on
        # twenty failures and on the healthy recipes of the course.
        self.alarms = [
            NonFinite(every=every),
            alarms.Swapped(patience=min(100, patience)),
            alarms.DAhead(patience=patience),
            VanishingGradient(self.real, every, patience),
            alarms.Collapse(self.real, every, start, patience),
        ]
        if coverage is not None:
            modes = alarms.MissingModes(coverage, every, start, 5 * patience)
            self.alarms.append(modes)
        for alarm in self.alarms:
            alarm.findings = self.findings
        self._probed, self._active = None, []

    def begin(self):
        """Probe a GAN that is new to this callback; make the alarms ready."""
        self.problems.clear()
        self._active.clear()
        if self._probed is not self.model:
            self.findings.clear()
            self._probed = self.model
            with self._trying("probe"):
                for finding in probe.probe(self.model, self.real):
                    self.tell(finding)
        for alarm in self.alarms:
            with self._trying(alarm.name):
                alarm.set_model(self.model)
                alarm.on_train_begin()
                self._active.append(alarm)

    def on_epoch_begin(self, epoch, logs=None):
        """Pass it on."""
        super().on_epoch_begin(epoch)
        for alarm in self._active:
            alarm.on_epoch_begin(epoch)

    def on_train_batch_end(self, batch, logs=None):
        """Let every alarm look."""
        super().on_train_batch_end(batch, logs)
        for alarm in list(self._active):
            with self._trying(alarm.name):
                alarm.on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Let the one that looks at the weights do so."""
        for alarm in self._active:
            alarm.on_epoch_end(epoch)

    @contextlib.contextmanager
    def _trying(self, name):
        try:
            yield
        except FloatingPointError:  # of `NonFinite`, which is meant to end it
            raise
        except Exception as error:  # a look must not end a training
            self.problems.append(f"{name} cannot look at this GAN: {error!r}")
            print(f"\n{self.problems[-1]}")
            self._active = [alarm for alarm in self._active if alarm.name != name]


class VanishingGradient(alarms.Alarm):
    """Notice that G's gradient has faded while D tells real from fake.

    The sign: the norm of G's gradient is below `FRACTION` of the largest one seen, and
    D ranks at least `RANKED` of the pairs (real, fake) rightly (½ is chance); at an
    equilibrium, where D is flat, the first is true as well. On the ring of eight,
    healthy runs of every loss kept 7 % of the largest norm or more; minimax with D's
    rate × 20 and data three radii away fell to 0 within 800 steps.

    Args:
        real: real samples (n, …), of which 128 are used.
        every, patience: as in `Alarm`.

    Raises:
        ValueError: in training, where D is shown more than samples.
    """

    name = "vanishing_gradient"
    FRACTION, RANKED, SAMPLES = 0.02, 0.9, 128

    def __init__(self, real: np.ndarray, every: int = 100, patience: int = 300):
        super().__init__(patience, every)
        self.real = tf.constant(alarms.some_of(real, self.SAMPLES), tf.float32)

    def begin(self):
        """Forget an earlier training; read what G gets before the first step."""
        super().begin()
        measure = functools.partial(self.measure, self.model)
        self._traced = tf.function(measure, autograph=False)
        self.largest, self.largest_step = 0.0, self.step
        self.sign(self.model, self.step, {})

    def sign(self, gan, step, logs):
        """Read, and compare with the largest gradient seen."""
        gradient, ranked = self.read(step)
        if gradient > self.largest:
            self.largest, self.largest_step = gradient, step
        share = gradient / (self.largest or 1.0)
        if not (share < self.FRACTION and ranked >= self.RANKED):
            return None
        return (
            f"D rates {ranked:.0%} of real samples above a fake, and G's "
            f"gradient norm fell by {1 - share:.1%} since step {self.largest_step:,}, "
            f"from {self.largest:.2g} to {gradient:.2g}: G learns nothing any "
            f"more. {alarms.cures(gan, 'D')} Then begin anew."
        )

    def read(self, step: int) -> tuple[float, float]:
        """Return what `measure` does, with a z of this step."""
        return tuple(map(float, self._traced(tf.constant([7919, step], tf.int32))))

    def measure(self, gan, seed: tf.Tensor) -> tuple:
        """Return the norm of G's gradient, and the share of pairs ranked rightly.

        The networks run as in a training step, with statelessly passed variables: their
        moving statistics and random states stay as they are.
        """
        g, d, view = gan.generator, gan.discriminator, gan.view or (lambda x: x)
        real, takes = view(self.real), (g.input_shape, d.input_shape)
        alone = real.shape.is_compatible_with(d.input_shape)
        if not alone or g.input_shape != (None, gan.latent_dim):
            raise ValueError(
                "Expected a GAN of samples alone, which this measurement shows to D; "
                f"received a {type(gan).__name__} whose G and D take {takes}."
            )
        z = sample_z(len(real), gan.latent_dim, seed)
        weights = [variable.value for variable in g.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            shown = real, view(_pure(g, z, weights))
            logits = [_pure(d, x, d.trainable_variables) for x in shown]
            loss = gan.adversarial_loss.g_loss(*logits)
        gradient = tape.gradient(loss, weights, unconnected_gradients="zero")
        reals, fakes = (tf.reduce_mean(x, range(1, len(x.shape))) for x in logits)
        rightly = tf.cast(reals[:, None] > fakes, tf.float32)
        return tf.linalg.global_norm(gradient), tf.reduce_mean(rightly)


def _pure(network, x, weights):
    fixed = network.non_trainable_variables
    outputs, _ = network.stateless_call(weights, fixed, x, training=True)
    return tf.cast(outputs, tf.float32)


ALARMS = NonFinite, alarms.Swapped, alarms.DAhead, VanishingGradient
ALARMS += alarms.Collapse, alarms.MissingModes
DETECTORS = *probe.CHECKS, *(alarm.name for alarm in ALARMS)
