"""Two devices, and two workers, do what one device does with the whole batch."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import device_worker
import numpy as np
import pytest
import tensorflow as tf

from ganutils.training import replicas

TESTS = Path(__file__).parent
SECONDS = 240  # a worker that hangs is ended then
KINDS = "mirrored", "workers"
WITHOUT_LAYERS = device_worker.CASES[:-1]  # that draw, or keep statistics, for each


def start(mode, folder, **config):
    environment = os.environ | {"PYTHONPATH": str(TESTS.parent)}
    # Two processes cannot share a GPU.
    environment |= {"TF_CONFIG": json.dumps(config), "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, TESTS / "device_worker.py", mode, folder]
    options = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen(command, env=environment, **options)


def ended(processes):
    """Return what each process told; none outlives the call."""
    try:
        told = [process.communicate(timeout=SECONDS) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert all(p.returncode == 0 for p in processes), [e[-2000:] for _, e in told]
    return [json.loads(out) for out, _ in told]


def two_workers(mode, folder):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{s.getsockname()[1]}" for s in sockets]
    for taken in sockets:
        taken.close()
    tasks = [{"type": "worker", "index": i} for i in range(2)]
    cluster = {"worker": addresses}
    return ended([start(mode, folder, cluster=cluster, task=task) for task in tasks])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("devices")


@pytest.fixture(scope="module")
def mirrored(folder):
    return ended([start("mirrored", folder / "mirrored")])[0]


@pytest.fixture(scope="module")
def workers(folder):
    return two_workers("first", folder)


@pytest.fixture(scope="module")
def restarted(folder, workers):
    return two_workers("second", folder)


@pytest.fixture(scope="module")
def one_device():
    strategy, cases = tf.distribute.get_strategy(), WITHOUT_LAYERS
    with tf.device("CPU"):
        return {case: device_worker.run(case, strategy) for case in cases}


@pytest.fixture(params=KINDS)
def told(request):
    """Return what every process told; one for two devices, two for two workers."""
    found = request.getfixturevalue(request.param)
    return [found] if request.param == "mirrored" else found


def shares(told, case):
    """Return the rows of each replica, shape (2, steps, rows)."""
    rows = {index: r for found in told for index, r in found[case]["rows"].items()}
    return np.array([rows["0"], rows["1"]])


@pytest.mark.parametrize("case", WITHOUT_LAYERS)
def test_each_replica_has_its_share_of_the_rows_of_one_device(one_device, told, case):
    whole = np.array(one_device[case]["rows"]["0"])
    found = shares(told, case)
    np.testing.assert_array_equal(found, np.split(whole, 2, axis=1))
    assert (found[0] != found[1]).all()


def test_the_d_steps_of_a_share_are_the_shares_of_the_d_steps():
    rows = tf.range(12)
    wholes = replicas.split(rows, 3)
    first, second = (replicas.split(half, 3) for half in tf.split(rows, 2))
    for whole, *halves in zip(wholes, first, second, strict=True):
        np.testing.assert_array_equal(np.concatenate(halves), whole)


# float32 sums in another order; a gradient off by a factor moves weights by 1e-2.
@pytest.mark.parametrize("case", WITHOUT_LAYERS)
def test_the_result_is_that_of_one_device_within_rounding(one_device, told, case):
    for found in told:
        np.testing.assert_allclose(
            found[case]["state"], one_device[case]["state"], atol=1e-5
        )
        logs = one_device[case]["logs"]
        assert found[case]["logs"] == pytest.approx(logs, abs=1e-5)


@pytest.mark.parametrize("case", device_worker.CASES)
def test_all_replicas_weights_are_equal_after_every_step(told, case):
    copies = zip(*(found[case]["checksums"] for found in told), strict=True)
    steps = [sum(step, []) for step in copies]
    assert all(len(step) == 2 and len(set(step)) == 1 for step in steps)
    assert len({step[0] for step in steps}) == len(steps) >= 2  # and they moved


def test_two_devices_resume_exactly(mirrored):
    assert mirrored["resumed"] == mirrored["layers"]["checksums"][-1][0]


def test_two_workers_resume_exactly_in_new_processes(workers, restarted):
    whole = [found["layers"]["checksums"][-1][0] for found in workers]
    assert [found["resumed"] for found in restarted] == whole


def test_a_learning_rate_is_set_on_every_device(mirrored):
    assert mirrored["rates"] == pytest.approx([0.5, 0.5])


def test_one_of_two_workers_writes_files(folder, workers):
    written = {path.name for path in (folder / "0").iterdir()}
    files = {"gan.npz", "best.npz", "best.json", "log.csv", "board"}
    assert written == files | {"gan.weights.h5"}
    assert not (folder / "1").exists()


def test_workers_that_are_about_to_do_different_things_are_told(restarted):
    for kind, message in (found["other"] for found in restarted):
        assert kind == "ValueError"
        assert "same number of steps on every worker; received [4, 5]" in message


def test_data_that_end_early_on_one_worker_stop_both(workers):
    (chief, left), (other, reason) = (found["early"] for found in workers)
    assert (other, chief) == ("ValueError", "RuntimeError")
    assert "as many batches on every worker" in reason
    assert "worker 1 has left" in left


def test_ctrl_c_on_one_worker_ends_the_other_with_a_sentence(restarted):
    (chief, left), (other, _) = (found["ctrl_c"] for found in restarted)
    assert other == "KeyboardInterrupt"
    assert chief == "RuntimeError" and "worker 1 has left its fit()" in left


REFUSED = {
    "jit_compile": "`jit_compile` False on several devices",
    "fuse_updates": "`fuse_updates` False on several devices",
    "outside": "`d_optimizer` made inside the strategy.scope()",
    "accumulation": "no `gradient_accumulation_steps` in `g_optimizer`",
    "networks": "built inside one strategy.scope(); received",
    "gan": "built inside one strategy.scope(); received",
    "batch_size": "a multiple of the 2 devices that share a batch; received 15",
    "uneven": "Call data.batch(n, drop_remainder=True)",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_several_devices_cannot_do_is_refused(mirrored, name):
    kind, message = mirrored["refused"][name]
    assert kind == "ValueError" and REFUSED[name] in message
