"""Healthy scripts as students write them; each failure changes a line or a few of one.

They are texts, since two things are done with them: they are executed, and they are
shown. `lab.Lab` hands their networks and steps to a health check.
"""

RING = """\
LATENT, BATCH, GAMMA = 8, 64, 0.1

generator = keras.Sequential([
    keras.Input((LATENT,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(2),
])
discriminator = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
d_optimizer = keras.optimizers.Adam(2e-3, 0.5, 0.99)
g_optimizer = keras.optimizers.Adam(2e-3, 0.5, 0.99)
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


def loss_of_d(real_logits, fake_logits):
    on_real = cross_entropy(tf.ones_like(real_logits), real_logits)
    on_fake = cross_entropy(tf.zeros_like(fake_logits), fake_logits)
    return on_real + on_fake


def loss_of_g(fake_logits):
    return cross_entropy(tf.ones_like(fake_logits), fake_logits)


def r1(critic, real, fake):
    with tf.GradientTape() as tape:
        tape.watch(real)
        logits = critic(real, training=True)
    slope = tape.gradient(logits, real)
    axes = range(1, len(slope.shape))
    return tf.reduce_mean(tf.reduce_sum(slope**2, axes))


def d_step(real):
    noise = tf.random.normal((tf.shape(real)[0], LATENT))
    fake = generator(noise, training=True)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        fake_logits = discriminator(fake, training=True)
        d_loss = loss_of_d(real_logits, fake_logits)
        total = d_loss + GAMMA / 2 * r1(discriminator, real, fake)
    weights = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(total, weights), weights)
    return d_loss, real_logits, fake_logits


def g_step(real):
    noise = tf.random.normal((tf.shape(real)[0], LATENT))
    with tf.GradientTape() as tape:
        fake = generator(noise, training=True)
        fake_logits = discriminator(fake, training=True)
        g_loss = loss_of_g(fake_logits)
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    return g_loss
"""


def changed(script: str, *changes: tuple[str, str]) -> str:
    """Return a script with texts replaced, pairs (old, new).

    Raises:
        ValueError: an old text does not stand in the script.
    """
    for old, new in changes:
        if old not in script:
            raise ValueError(f"Expected {old!r} in the script; received {script!r}.")
        script = script.replace(old, new)
    return script


def _networks(generator, discriminator):
    start, end = RING.index("generator ="), RING.index("d_optimizer =")
    return RING[start:end], f"{generator}{discriminator}"


DIGITS = changed(
    RING,
    ("LATENT, BATCH, GAMMA = 8, 64, 0.1", "LATENT, BATCH, GAMMA = 16, 64, 1.0"),
    ("Adam(2e-3, 0.5, 0.99)", "Adam(1e-3, 0.5, 0.99)"),
    _networks(
        """\
generator = keras.Sequential([
    keras.Input((LATENT,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(28 * 28, activation="tanh"),
    layers.Reshape((28, 28, 1)),
])
""",
        """\
discriminator = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(1),
])
""",
    ),
)

NO_PENALTY = (
    "        total = d_loss + GAMMA / 2 * r1(discriminator, real, fake)\n",
    "        total = d_loss\n",
)
WITH_BATCH_NORM = changed(
    RING,
    NO_PENALTY,
    (
        "    keras.Input((2,)),\n",
        "    keras.Input((2,)),\n    layers.Dense(64),\n"
        "    layers.BatchNormalization(),\n    layers.ReLU(),\n",
    ),
)
WGAN_GP = changed(
    RING[: RING.index("def loss_of_d")]
    + """\
def loss_of_d(real_logits, fake_logits):
    return tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)


def loss_of_g(fake_logits):
    return -tf.reduce_mean(fake_logits)


def gradient_penalty(critic, real, fake):
    epsilon = tf.random.uniform((tf.shape(real)[0], 1), 0.0, 1.0)
    between = epsilon * real + (1 - epsilon) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    slope = tape.gradient(scores, between)
    length = tf.sqrt(tf.reduce_sum(slope**2, axis=1) + 1e-12)
    return tf.reduce_mean((length - 1) ** 2)


"""
    + RING[RING.index("def d_step") :],
    ("GAMMA / 2 * r1(", "10.0 * gradient_penalty("),
    ("LATENT, BATCH, GAMMA = 8, 64, 0.1", "LATENT, BATCH = 8, 64"),
)
STACKED = (
    RING[: RING.index("def loss_of_d")]
    + """\
discriminator.compile("adam", cross_entropy)


def d_step(real):
    noise = tf.random.normal((len(real), LATENT))
    fake = generator(noise, training=True)
    ones, zeros = np.ones((len(real), 1)), np.zeros((len(real), 1))
    d_loss = discriminator.train_on_batch(real, ones)
    d_loss += discriminator.train_on_batch(fake, zeros)
    return d_loss, discriminator(real), discriminator(fake)


def g_step(real):
    noise, ones = tf.random.normal((len(real), LATENT)), tf.ones((len(real), 1))
    with tf.GradientTape() as tape:
        fake = generator(noise, training=True)
        g_loss = cross_entropy(ones, discriminator(fake, training=True))
    weights = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    return g_loss
"""
)
JOINT = """\
        both = tf.concat([real, fake], axis=0)
        real_logits, fake_logits = tf.split(discriminator(both, training=True), 2)
"""
APART = """\
        real_logits = discriminator(real, training=True)
        fake_logits = discriminator(fake, training=True)
"""
BY_HAND = STACKED[STACKED.index("    noise, ones =") :]
BY_STACK = """\
    noise, ones = tf.random.normal((len(real), LATENT)), tf.ones((len(real), 1))
    return stacked.train_on_batch(noise, ones)
"""
COMPILED = '\ndiscriminator.compile("adam", cross_entropy)\n'
STACK = """\
stacked = keras.Sequential([generator, discriminator])
stacked.compile("adam", cross_entropy)
"""
UPSAMPLING = """\
generator = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(14 * 14, activation="relu"),
    layers.Reshape((14, 14, 1)),
    layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
])
discriminator = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
"""
TRACED_STEP = """\
losses = []


@tf.function
def step(number):
    loss = tf.square(number)
    return loss


for number in tf.range(20.0):
    losses.append(step(number))
"""
