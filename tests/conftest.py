"""What every unit test runs under: no network, no variables of the caller."""

import socket

import hypothesis
import pytest

# Files of more than 10 CPU seconds, the longest first.
LONG = ("test_failures", "test_training", "test_keras_model", "test_distribution")
LONG += ("test_setup_cell", "test_stable_training", "test_audio_gan", "test_features")
LONG += ("test_own_sounds", "test_checkers", "test_files", "test_dcgan")
LONG += ("test_build_notebooks",)
LOCAL = (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1")

hypothesis.settings.register_profile(  # no test depends on the processor's speed
    "any processor",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any processor")


def pytest_collection_modifyitems(items):
    """Put the long files first: no worker is left alone with one at the end."""
    places = {name: i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))


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
