"""Sound: read it, hear it, look at its numbers.

    >>> clips = audio.load_folder("recordings").clips
    >>> audio.health(clips)
    >>> audio.play(clips[0])

Reading lives in `sound_files`, players and WAV files in `listening`, monitors of the
waveform in `waveforms`, log-mel features and what rests on them in `mel`; all of them
are reached as `audio.<name>`. Figures are in `plotting`, the callback in `monitoring`.
"""

from ganutils.kit.checks import check_clips
from ganutils.listening import level, play, save_wav
from ganutils.mel import log_mel
from ganutils.metrics.variety import diversity, ndb
from ganutils.recipes import AudioData
from ganutils.sound_files import SoundFolder, fit_clip, load_folder
from ganutils.waveforms import comb_score, health, spectral_centroid, voiced

__all__ = [
    "AudioData",
    "SoundFolder",
    "check_clips",
    "comb_score",
    "diversity",
    "fit_clip",
    "health",
    "level",
    "load_folder",
    "log_mel",
    "ndb",
    "play",
    "save_wav",
    "spectral_centroid",
    "voiced",
]
