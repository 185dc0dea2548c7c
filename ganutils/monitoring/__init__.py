"""Keras callbacks that watch a GAN train: records, samples, measures, saving, alarms.

    >>> recorder = monitoring.Recorder()
    >>> gan.fit(images, verbose=0, callbacks=[recorder, monitoring.ProgressLine()])
    >>> plotting.loss_curves(recorder.rows)

Here: callbacks, and the tests of gradient penalties (`penalty_faults`). Not here: the
measures themselves (`metrics`, `audio`).
"""

from ganutils.monitoring.callbacks import FixedNoise, ProgressLine, Recorder
from ganutils.monitoring.health_check import DETECTORS, HealthCheck
from ganutils.monitoring.saving import Checkpoint, Measure, NonFinite
from ganutils.monitoring.spies import penalty_faults

__all__ = [
    "DETECTORS",
    "Checkpoint",
    "FixedNoise",
    "HealthCheck",
    "Measure",
    "NonFinite",
    "ProgressLine",
    "Recorder",
    "penalty_faults",
]
