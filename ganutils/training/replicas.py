"""Several devices: each replica does its share of what one device would do.

Under `tf.distribute` every replica runs the step on its own rows, as many as any other.
Rows, z and the summed gradients are those of one device with the whole batch: random
numbers are drawn for the whole batch, of which a replica takes its rows, and its loss
counts by its share. BatchNorm sees the rows of its own replica; Dropout, augmentation
and the ε of a gradient penalty draw for each replica.
"""

from collections.abc import Callable

import tensorflow as tf
from tensorflow.python.eager import context as eager

ENDED_EARLY = (
    "Expected as many batches on every worker; received fewer on this one. Give all "
    "the same data set, or one that ends nowhere: data.repeat()."
)


def count() -> int:
    """Return how many replicas run the step at once; 1 outside of a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def rows(real) -> tf.Tensor:
    """Return how many rows a batch has, scalar, int32; parts of a tuple are alike."""
    return tf.shape(tf.nest.flatten(real)[0])[0]


def single(parts):
    """Return several parts of a batch as a tuple, and a single one as it is."""
    return tuple(parts) if len(parts) > 1 else parts[0]


def split(real, parts: int) -> list:
    """Return a batch, or tuple of batches, as equal ones: rows i, i + parts, … each.

    So a replica's rows of each part are those that it finds among its own rows.
    """
    if parts == 1:
        return [real]
    n = tf.nest.flatten(real)[0].shape[0]
    if n is not None and n % parts:
        raise ValueError(f"Expected rows in {parts} equal parts; received {n} rows.")
    first = tf.range(rows(real) // parts) * parts  # empty where no rows are left
    take = tf.gather  # a slice with a stride copies number by number, not row by row
    each = [first + i for i in range(parts)]
    return [tf.nest.map_structure(lambda p, i=i: take(p, i), real) for i in each]


def own_part(draw: Callable, rows: "int | tf.Tensor"):
    """Return this replica's rows of what is drawn for the whole batch.

    `draw` makes n rows of n; each replica has as many `rows`.
    """
    if count() == 1 or tf.distribute.in_cross_replica_context():  # outside of a step
        return draw(rows)
    return draw(rows * count())[_place() * rows : (_place() + 1) * rows]


def own_seed(seed: tf.Tensor) -> tf.Tensor:
    """Return a seed, shape (2,), for what each replica draws for itself."""
    return seed if count() == 1 else tf.random.fold_in(seed, _place())


def _place():
    return tf.distribute.get_replica_context().replica_id_in_sync_group


def mean(values):
    """Return means over the replicas of a nest of scalars or arrays."""
    return tf.distribute.get_replica_context().all_reduce("MEAN", values)


def align(networks: list):
    """Give every replica the mean of what each keeps: the statistics of BatchNorm."""
    kept = [v for network in networks for v in network.non_trainable_variables]
    floats = [v for v in kept if tf.as_dtype(v.dtype).is_floating]
    means = mean([tf.identity(v.value) for v in floats]) if floats else []
    for variable, value in zip(floats, means, strict=True):
        variable.assign(value)


def on_every_device(strategy, parts: list) -> list:
    """Return arrays that lie on each replica's device, to be passed to its step."""
    if strategy.num_replicas_in_sync == 1:
        return [tf.constant(part) for part in parts]
    devices = strategy.extended.worker_devices

    def put(context, part):
        """Return a part on the device of a replica."""
        with tf.device(devices[context.replica_id_in_sync_group % len(devices)]):
            return tf.constant(part)

    distribute = strategy.experimental_distribute_values_from_function
    return [distribute(lambda context, p=part: put(context, p)) for part in parts]


def has_workers(strategy) -> bool:
    """Tell whether other processes train along."""
    replicas = strategy.num_replicas_in_sync
    return replicas > 1 and len(strategy.extended.worker_devices) < replicas


def by_rows(strategy, data: tf.data.Dataset) -> tf.data.Dataset:
    """Return a data set of which each worker reads its rows of every batch.

    TensorFlow's own choice may be whole files instead, whose rows are not those that
    one device would see together. A policy that the data set states is kept.
    """
    policies, options = tf.data.experimental.AutoShardPolicy, tf.data.Options()
    policy = data.options().experimental_distribute.auto_shard_policy
    if has_workers(strategy) and policy == policies.AUTO:
        options.experimental_distribute.auto_shard_policy = policies.DATA
    return data.with_options(options)


def check_alike(strategy, numbers: dict[str, int]):
    """Raise a ValueError unless the numbers of all workers are the same."""
    row = tf.constant([list(numbers.values())], tf.int64)
    rows = strategy.experimental_distribute_values_from_function(lambda _: row)
    with strategy.scope():
        columns = _gathered(rows).numpy().T.tolist()
    for name, column in zip(numbers, columns, strict=True):
        if len(set(column)) > 1:
            raise ValueError(
                f"Expected the same {name} on every worker; received {column}, in the "
                "order of the workers. Start all with the same program and checkpoint."
            )


@tf.function
def _gathered(rows):
    return tf.distribute.get_strategy().gather(rows, axis=0)


def leave(strategy):
    """End the steps of the other workers, which would wait for this one for good."""
    if has_workers(strategy):
        me = strategy.cluster_resolver
        reason = f"{me.task_type} {me.task_id} has left its fit()"
        eager.context().abort_collective_ops(tf.errors.CANCELLED, reason)


def explain(strategy, error: tf.errors.OpError):
    """Raise what an error that a step ended in means to one of several workers.

    Raises:
        ValueError: this worker's data ended before those of others.
        RuntimeError: another worker has stopped.
    """
    if not has_workers(strategy):
        return
    if ENDED_EARLY in error.message:
        leave(strategy)
        raise ValueError(ENDED_EARLY) from error
    aborted = "Collective ops is aborted by: "
    lines = [line for line in error.message.splitlines() if aborted in line]
    if lines:
        raise RuntimeError(
            "Expected every worker to train on; received from another one: "
            f"{lines[0].rpartition(aborted)[2]!r}. This step was cut short, so do not "
            "save this GAN: start all workers again and load the last checkpoint."
        ) from error


def check_xla(strategy, **options):
    """Raise a ValueError where an option asks XLA to compile for several devices."""
    for name, value in options.items():
        if value and strategy.num_replicas_in_sync > 1:
            raise ValueError(
                f"Expected `{name}` False on several devices, between which XLA "
                f"compiles no sums of gradients; received {value!r}."
            )


def check_scope(strategy, variables: list):
    """Raise a ValueError unless all variables were made for the strategy's devices."""
    made_for_it = strategy.extended.variable_created_in_scope
    strange = [v.path for v in variables if not made_for_it(v.value)]
    if strange:
        raise ValueError(
            "Expected networks, optimizers and GAN built inside one strategy.scope(); "
            f"received {len(strange)} variables from outside, such as {strange[0]!r}."
        )
