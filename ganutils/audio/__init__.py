"""Sound clips: hear them, look at their numbers.

    >>> audio.health(clips)
    >>> audio.play(clips[0])

Here: spectra and log-mel features, monitors of the waveform (`health`), real clips that
a measure must find worse (`spoil`), players and WAV files.
Not here: reading a folder (`datasets.load_sounds`), figures (`plotting`), the layers
of a voice (`training.sound_layers`).
"""

from ganutils.audio.listening import play, save_wav
from ganutils.audio.spectra import comb_score, log_mel
from ganutils.audio.waveforms import health, pitch, spoil

__all__ = ["comb_score", "health", "log_mel", "pitch", "play", "save_wav", "spoil"]
