"""What unit tests and notebooks run under: one thread, no log of TensorFlow's C++ code.

As many workers run as there are cores, so each keeps to one thread, its kernels and
other children too.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for pool in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(pool, "1")
