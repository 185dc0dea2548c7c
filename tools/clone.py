"""Put this clone on Python's path, so that `python tools/NAME.py` finds ganutils.

A script imports it before `ganutils`, which the order of the alphabet does. Nothing
needs it where PYTHONPATH or pytest's `pythonpath` names the clone already.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
