"""Keras callbacks that watch a GAN train: records, samples, measures, saving, alarms.

    >>> recorder = monitoring.Recorder()
    >>> gan.fit(images, verbose=0, callbacks=[recorder, monitoring.ProgressLine()])
    >>> plotting.loss_curves(recorder.rows)

Here: callbacks; `probe`, which looks at a GAN between two steps, and the tests of its
penalties. Not here: the measures themselves (`metrics`, `audio`).
"""

from ganutils.monitoring import penalty_tests, symptoms
from ganutils.monitoring.alarms import Collapse, DAhead, NonFinite, Swapped
from ganutils.monitoring.callbacks import ProgressLine, Recorder
from ganutils.monitoring.detectors import DETECTORS, Finding
from ganutils.monitoring.fixed_noise import FixedNoise
from ganutils.monitoring.health_check import HealthCheck
from ganutils.monitoring.measuring import Measure
from ganutils.monitoring.saving import Checkpoint, JsonLines
from ganutils.monitoring.sound_health import SoundHealth
from ganutils.monitoring.stepping import StepCallback

__all__ = [
    "DETECTORS",
    "Checkpoint",
    "Collapse",
    "DAhead",
    "Finding",
    "FixedNoise",
    "HealthCheck",
    "JsonLines",
    "Measure",
    "NonFinite",
    "ProgressLine",
    "Recorder",
    "SoundHealth",
    "StepCallback",
    "Swapped",
    "penalty_tests",
    "symptoms",
]
