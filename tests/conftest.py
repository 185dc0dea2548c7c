"""What every unit test runs under: no network, no variables of the caller, one thread.

As many workers as cores run tests, so each keeps to one thread, its children too.
"""

import os
import socket

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for pool in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(pool, "1")
LOCAL = (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1")


@pytest.fixture(autouse=True)
def _as_on_a_fresh_machine(monkeypatch):
    for variable in ("GANUTILS_SCALE", "GANUTILS_EXERCISES"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    look_up = socket.getaddrinfo

    def local_only(host, *arguments, **options):
        if host not in LOCAL:
            raise OSError(f"A unit test asked the network for {host!r}.")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", local_only)
