"""What every unit test runs under: no network, no variables of the caller."""

import os
import socket

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
LOCAL = (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1")


@pytest.fixture(autouse=True)
def _as_on_a_fresh_machine(monkeypatch):
    for variable in ("SCALE", "EXERCISES", "RUNS_DIR"):
        monkeypatch.delenv(f"GANUTILS_{variable}", raising=False)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    look_up = socket.getaddrinfo

    def local_only(host, *arguments, **options):
        if host not in LOCAL:
            raise OSError(f"A unit test asked the network for {host!r}.")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", local_only)
