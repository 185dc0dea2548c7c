"""What `fit` and `GAN` refuse at the door: data and networks, each by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from keras import layers

from ganutils import training

SAMPLES = tiny.real_samples(64)
NAN = np.where(np.arange(64)[:, None] == 3, np.nan, SAMPLES)


def data_set(x, batch=16):
    return tf.data.Dataset.from_tensor_slices(x).batch(batch)


def bounded_gan(**options):
    g = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="tanh")])
    gan = training.GAN(g, tiny.discriminator(), latent_dim=3)
    gan.compile(run_eagerly=True, **options)
    return gan


BAD_STREAMS = {
    "floats; received uint8.*Rescale": data_set((100 + 50 * SAMPLES).astype("uint8")),
    "ends in tanh.*received values from .* to .*Rescale": data_set(127 + 50 * SAMPLES),
    "finite `real samples`; received 2 values": data_set(NAN.astype("float32")),
    "batches of samples.*lambda samples": data_set((SAMPLES, np.arange(64))),
    r"batches of samples.*row\['image'\]": data_set({"image": SAMPLES}),
    r"single samples of \(2,\).*batch\(n\)": tf.data.Dataset.from_tensors(SAMPLES[0]),
    r"shape \('n', 2\).*received \(16, 3\)": data_set(np.zeros((64, 3), "float32")),
    "an empty one": data_set(SAMPLES[:0]),
    "endless data set": data_set(SAMPLES).repeat(),
}


@pytest.mark.parametrize("message", BAD_STREAMS)
def test_a_data_set_is_checked_as_an_array_is(message):
    gan = bounded_gan()
    with pytest.raises(ValueError, match=message):
        gan.fit(BAD_STREAMS[message], verbose=0)
    assert int(gan.step) == 0


def test_a_stream_for_several_d_steps_has_batches_that_can_be_parted():
    gan = bounded_gan(d_steps=3)
    with pytest.raises(ValueError, match="multiple of 3.*received size None.*drop_rem"):
        gan.fit(data_set(SAMPLES), verbose=0)
    gan.fit(data_set(SAMPLES, 48).take(1).map(lambda x: tf.ensure_shape(x, (48, 2))))
    assert int(gan.d_optimizer.iterations) == 3


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return SAMPLES[16 * i : 16 * i + 16]


BAD_DATA = {
    "received Batches.*from_generator": Batches(),
    "received list_iterator.*from_generator": iter([SAMPLES]),
    r"received tuple.*labels need a Cond": (SAMPLES, np.arange(64)),
    "received NoneType": None,
    "ends in tanh": 255 * SAMPLES,
}


@pytest.mark.parametrize("message", BAD_DATA)
def test_what_is_no_array_of_samples_is_refused(message):
    with pytest.raises(ValueError, match=message):
        bounded_gan().fit(BAD_DATA[message], verbose=0)


@pytest.mark.parametrize("name, value", [("batch_size", 16.0), ("steps_per_epoch", 0)])
def test_numbers_of_fit_are_whole_and_positive(name, value):
    with pytest.raises(ValueError, match=f"`{name}` to be a whole.*received {value}"):
        bounded_gan().fit(SAMPLES, **{name: value}, verbose=0)


@pytest.mark.parametrize("option", [{"n": 9.0}, {"batch_size": 0}, {"seed": None}])
def test_numbers_of_generate_are_whole(option):
    (name, value), gan = *option.items(), bounded_gan()
    with pytest.raises(ValueError, match=f"`{name}`.*received {value}"):
        gan.generate(**{"n": 2} | option)


class Subclassed(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.units, self.out = units, layers.Dense(units)

    def get_config(self):
        return {"units": self.units}

    def call(self, x):
        return self.out(x)


def called(model, width):
    model(np.zeros((1, width), "float32"))
    return model


def plain(*more, units=2, **options):
    return keras.Sequential([keras.Input((3,), **options), layers.Dense(units), *more])


def regularized():
    return plain(layers.Dense(2, activity_regularizer="l2"))


BAD_GENERATORS = {
    r"received Subclassed\. Wrap it: keras.Model": lambda: called(Subclassed(2), 3),
    r"batches of any size.*received one of \(8, 3\)": lambda: plain(batch_size=8),
    "policies .*received 'float64'": lambda: plain(layers.Dense(2, dtype="float64")),
    "no `activity_regularizer` in `generator`.*penalties": regularized,
    "cannot be copied|Lambda": lambda: plain(layers.Lambda(lambda x: 2 * x)),
}


@pytest.mark.parametrize("message", BAD_GENERATORS)
def test_a_generator_that_cannot_be_followed_is_refused(message):
    if "float64" in message:
        keras.config.set_dtype_policy("float64")
    try:
        network = BAD_GENERATORS[message]()
    finally:
        keras.config.set_dtype_policy("float32")
    with pytest.raises(ValueError, match=message):
        training.GAN(network, tiny.discriminator(), latent_dim=3)


def test_a_subclassed_network_trains_inside_a_functional_one():
    inputs = keras.Input((3,))
    g = keras.Model(inputs, Subclassed(2)(inputs))
    gan = training.GAN(g, tiny.discriminator(), latent_dim=3)
    gan.compile(run_eagerly=True)
    before = tiny.values(g.trainable_weights)
    gan.fit(SAMPLES, verbose=0)
    assert not any(tiny.same(before, tiny.values(g.trainable_weights)))
