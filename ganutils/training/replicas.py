"""Several devices: each replica does its share of what one device would do.

Under `tf.distribute` every replica runs the step on its own rows, as many as any other.
Rows, z and the summed gradients are those of one device with the whole batch: random
numbers are drawn for the whole batch, of which a replica takes its rows, and its loss
counts by its share. BatchNorm sees the rows of its own replica; Dropout, augmentation
and the ε of a gradient penalty draw for each replica.
"""

import tensorflow as tf
from tensorflow.python.eager import context as eager

MEAN = tf.distribute.ReduceOp.MEAN
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
    """Return a batch, or tuple of batches, as that many equal ones."""
    if parts == 1:
        return [real]
    shares = [tf.split(part, parts) for part in tf.nest.flatten(real)]
    pack = tf.nest.pack_sequence_as
    return [pack(real, batch) for batch in zip(*shares, strict=True)]


def own_part(draw, rows: tf.Tensor) -> tf.Tensor:
    """Return this replica's rows of what is drawn for the whole batch.

    Args:
        draw: n → n rows.
        rows: scalar, int32, how many a replica has; all have as many.
    """
    if count() == 1 or tf.distribute.in_cross_replica_context():  # outside of a step
        return draw(rows)
    return draw(rows * count())[_place() * rows : (_place() + 1) * rows]


def own_seed(seed: tf.Tensor) -> tf.Tensor:
    """Return a seed, shape (2,), for what each replica draws for itself."""
    return seed if count() == 1 else tf.random.fold_in(seed, _place())


def _place():
    return tf.distribute.get_replica_context().replica_id_in_sync_group


def own_rows(rows: tf.Tensor, parts: int) -> tf.Tensor:
    """Return this replica's rows of each of the equal parts of a whole batch.

    Args:
        rows: shape (n, …), the whole batch; n is a multiple of parts · `count()`.
        parts: D steps, which follow each other in the batch.
    """
    if count() == 1:
        return rows
    return _rows_of(_place(), rows, parts, count())


def in_order(data: tf.data.Dataset, parts: int, copies: int) -> tf.data.Dataset:
    """Return a data set whose batches hold one replica's rows after the other's.

    Args:
        data: batches of a fixed size, a multiple of parts · copies.
        parts: D steps, which follow each other in a batch.
        copies: replicas, each of which is handed consecutive rows.
    """
    if parts == 1 or copies == 1:
        return data

    def order(rows):
        shares = [_rows_of(i, rows, parts, copies) for i in range(copies)]
        return tf.concat(shares, 0)

    return data.map(lambda *rows: tf.nest.map_structure(order, single(rows)))


def _rows_of(index, rows, parts, copies):
    shares = tf.reshape(rows, (parts, copies, -1, *rows.shape[1:]))
    return tf.reshape(shares[:, index], (-1, *rows.shape[1:]))


def mean(logs: dict) -> dict:
    """Return scalars of the whole batch from each replica's means."""
    return tf.distribute.get_replica_context().all_reduce(MEAN, logs)


def align(networks: list):
    """Give every replica the mean of what each keeps: the statistics of BatchNorm."""
    kept = [v for network in networks for v in network.non_trainable_variables]
    floats = [v for v in kept if tf.as_dtype(v.dtype).is_floating]
    if count() == 1 or not floats:
        return
    context = tf.distribute.get_replica_context()
    means = context.all_reduce(MEAN, [tf.identity(v.value) for v in floats])
    for variable, value in zip(floats, means, strict=True):
        variable.assign(value)


def on_every_device(strategy, parts: list) -> list:
    """Return arrays that lie on each replica's device, to be passed to its step.

    Args:
        strategy: of the GAN; the default one keeps a single copy.
        parts: arrays.
    """
    if strategy.num_replicas_in_sync == 1:
        return [tf.constant(part) for part in parts]
    devices = strategy.extended.worker_devices

    def put(context, part):
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

    Args:
        strategy: of the GAN.
        data: what `fit` received, whole on every worker.
    """
    policies = tf.data.experimental.AutoShardPolicy
    policy = data.options().experimental_distribute.auto_shard_policy
    if not has_workers(strategy) or policy != policies.AUTO:
        return data
    return _sharded(data, policies.DATA)


def unsharded(data: tf.data.Dataset) -> tf.data.Dataset:
    """Return a data set that every worker reads whole."""
    return _sharded(data, tf.data.experimental.AutoShardPolicy.OFF)


def _sharded(data, policy):
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = policy
    return data.with_options(options)


def check_rows(strategy, data):
    """Stop a step in which this worker has no rows left, but another one has.

    Args:
        strategy: of the GAN.
        data: one replica's part of a batch of a data set.
    """
    if has_workers(strategy):
        tf.debugging.assert_positive(rows(data), ENDED_EARLY)


def check_alike(strategy, numbers: dict[str, int]):
    """Raise a ValueError unless all workers are about to do the same.

    Args:
        strategy: of the GAN.
        numbers: what must be equal; each worker comes with the same names.
    """
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
    """Raise what an error of TensorFlow means to one of several workers, if it does.

    Args:
        strategy: of the GAN.
        error: that a step ended in.

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
    """Raise a ValueError unless all variables were made for the strategy's devices.

    Args:
        strategy: that the GAN was built under.
        variables: of its networks, and its own.
    """
    strange = [
        v.path
        for v in variables
        if not strategy.extended.variable_created_in_scope(v.value)
    ]
    if strange:
        raise ValueError(
            "Expected networks, optimizers and GAN built inside one strategy.scope(); "
            f"received {len(strange)} variables from outside, such as {strange[0]!r}."
        )
