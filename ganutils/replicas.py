"""Several devices: each replica does its share of what one device would do.

Under `tf.distribute` every replica runs the step on its own rows, as many as any other.
Rows, z and the summed gradients are those of one device with the whole batch: random
numbers are drawn for the whole batch, of which a replica takes its rows, and its loss
counts by its share. BatchNorm sees the rows of its own replica; Dropout, augmentation
and the ε of a gradient penalty draw for each replica.
"""

import tensorflow as tf

MEAN = tf.distribute.ReduceOp.MEAN


def count() -> int:
    """Return how many replicas run the step at once; 1 outside of a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def own_part(draw, rows: tf.Tensor) -> tf.Tensor:
    """Return this replica's rows of what is drawn for the whole batch.

    Args:
        draw: n → n rows.
        rows: scalar, int32, how many a replica has; all have as many.
    """
    if count() == 1:
        return draw(rows)
    index = tf.distribute.get_replica_context().replica_id_in_sync_group
    return draw(rows * count())[index * rows : (index + 1) * rows]


def own_seed(seed: tf.Tensor) -> tf.Tensor:
    """Return a seed, shape (2,), for what each replica draws for itself."""
    if count() == 1:
        return seed
    context = tf.distribute.get_replica_context()
    return tf.random.fold_in(seed, context.replica_id_in_sync_group)


def own_rows(rows: tf.Tensor, parts: int) -> tf.Tensor:
    """Return this replica's rows of each of the equal parts of a whole batch.

    Args:
        rows: shape (n, …), the whole batch; n is a multiple of parts · `count()`.
        parts: D steps, which follow each other in the batch.
    """
    if count() == 1:
        return rows
    shape = (parts, count(), -1, *rows.shape[1:])
    index = tf.distribute.get_replica_context().replica_id_in_sync_group
    return tf.reshape(tf.reshape(rows, shape)[:, index], (-1, *rows.shape[1:]))


def mean(logs: dict) -> dict:
    """Return scalars of the whole batch from each replica's means."""
    return tf.distribute.get_replica_context().all_reduce(MEAN, logs)


def align(variables: list):
    """Give every replica the mean of what each keeps: the statistics of BatchNorm."""
    floats = [v for v in variables if tf.as_dtype(v.dtype).is_floating]
    if count() == 1 or not floats:
        return
    context = tf.distribute.get_replica_context()
    means = context.all_reduce(MEAN, [tf.convert_to_tensor(v.value) for v in floats])
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


def unsharded(data: tf.data.Dataset) -> tf.data.Dataset:
    """Return a data set that every worker reads whole."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return data.with_options(options)


def check_scope(strategy, variables: list):
    """Raise a ValueError unless all variables were made for the strategy's devices.

    Args:
        strategy: that the GAN was built under.
        variables: of networks and optimizers.
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
