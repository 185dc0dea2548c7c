"""Sound clips: hear them, look at their numbers.

    >>> audio.health(clips)
    >>> audio.play(clips[0])

Here: spectra and log-mel features, monitors of the waveform (`health`), players and
WAV files, `spoilt_clips` that a measure must find worse.
Not here: reading a folder (`datasets.load_sounds`), figures (`plotting`), the layers
of a voice (`training.sound_layers`).
"""

from ganutils.audio import spoilt_clips
from ganutils.audio.listening import level, play, save_wav
from ganutils.audio.mel import log_mel
from ganutils.audio.waveforms import comb_score, health, spectral_centroid, voiced

__all__ = [
    "comb_score",
    "health",
    "level",
    "log_mel",
    "play",
    "save_wav",
    "spectral_centroid",
    "spoilt_clips",
    "voiced",
]
