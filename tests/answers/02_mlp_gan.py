"""Answers to chapter 2's exercises: `right` must pass, `wrong` must be refused."""

ANSWERS = {
    "Exercise 1": {
        "right": [
            "m = 0.5",
            "m = np.sqrt(1 + 0.25 - 2 * np.sqrt(0.25))",
            "m = tf.constant(1 - 0.5)",
            "m = 1 / 2",
        ],
        "wrong": [
            "m = 0.25",  # the square
            "m = 4",  # all 64 features in one
            "m = 16",  # the distance itself
            "m = 1",
            "m = np.sqrt(0.5)",  # a covariance of one half
            "m = np.sqrt(0.75)",  # the difference of the variances
            "m = -0.5",
            "m = 0.0625",
        ],
    },
    "Exercise 2": {
        "right": [
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    softplus, mean = tf.nn.softplus, tf.reduce_mean
    on_real = target * softplus(-s_real) + (1 - target) * softplus(s_real)
    return mean(on_real) + mean(softplus(s_fake))
""",
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    def entropy(s, wanted):
        labels = np.full(np.shape(s), wanted, "float32")
        return np.mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, s))
    return entropy(s_real, target) + entropy(s_fake, 0)
""",
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    loss = np.logaddexp(0, -s_real).mean() + (1 - target) * s_real.mean()
    return loss + np.logaddexp(0, s_fake).mean()
""",
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    on_real = cross_entropy(target * tf.ones_like(s_real), s_real)
    return on_real + cross_entropy(tf.zeros_like(s_fake), s_fake)
""",
        ],
        "wrong": [
            # the other outcome forgotten
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    return target * tf.reduce_mean(tf.nn.softplus(-s_real)) + tf.reduce_mean(
        tf.nn.softplus(s_fake))
""",
            # signs swapped
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    on_real = target * tf.nn.softplus(s_real) + (1 - target) * tf.nn.softplus(-s_real)
    return tf.reduce_mean(on_real) + tf.reduce_mean(tf.nn.softplus(-s_fake))
""",
            # fakes smoothed, too
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    def entropy(s, t):
        return tf.reduce_mean(t * tf.nn.softplus(-s) + (1 - t) * tf.nn.softplus(s))
    return entropy(s_real, target) + entropy(s_fake, 1 - target)
""",
            # overflows
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    p, q = 1 / (1 + np.exp(-s_real)), 1 / (1 + np.exp(-s_fake))
    on_real = target * np.log(p) + (1 - target) * np.log(1 - p)
    return -on_real.mean() - np.log(1 - q).mean()
""",
            # no smoothing
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    return tf.reduce_mean(tf.nn.softplus(-s_real)) + tf.reduce_mean(
        tf.nn.softplus(s_fake))
""",
            # the smoothing of 0.9 for every target
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    on_real = 0.9 * tf.nn.softplus(-s_real) + 0.1 * tf.nn.softplus(s_real)
    return tf.reduce_mean(on_real) + tf.reduce_mean(tf.nn.softplus(s_fake))
""",
            # one mean over all logits
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    on_real = target * tf.nn.softplus(-s_real) + (1 - target) * tf.nn.softplus(s_real)
    return 2 * tf.reduce_mean(tf.concat([on_real, tf.nn.softplus(s_fake)], axis=0))
""",
            # sums instead of means
            """
def smooth_d_loss(s_real, s_fake, target=0.9):
    on_real = target * tf.nn.softplus(-s_real) + (1 - target) * tf.nn.softplus(s_real)
    return tf.reduce_sum(on_real) + tf.reduce_sum(tf.nn.softplus(s_fake))
""",
        ],
    },
    "Exercise 3": {
        "right": ['choice = "b"', "choice = 'B'", 'choice = " b "'],
        "wrong": [
            'choice = "a"',
            'choice = "c"',
            "choice = 2",
            'choice = ["a", "b"]',
            'choice = ""',
        ],
    },
    "Exercise 4": {
        "right": [
            """
def alarm(samples, training):
    gap = cdist(samples, training).min(axis=1)
    return (gap < 0.02).sum()
""",
            """
def alarm(samples, training):
    gap = np.sort(cdist(samples, training).min(axis=1))
    return float((1 / gap).mean())
""",
            """
def alarm(samples, training):
    gap = cdist(samples, training).min(axis=1)
    return tf.constant((gap < 0.05).mean())
""",
            """
def alarm(samples, training):
    gap = cdist(samples, training).min(axis=1)
    return np.array([-np.log(gap).mean()])
""",
            """
def alarm(samples, training):
    gap = tf.constant(cdist(samples, training).min(axis=1))
    return tf.reduce_mean(tf.cast(gap < 0.1, "float32"))
""",
        ],
        "wrong": [
            # beside the samples' own median, all copies look like none
            """
def alarm(samples, training):
    gap = cdist(samples, training).min(axis=1)
    return (gap < 0.1 * np.median(gap)).mean()
""",
            # half or all copies: the low percentile is the same
            """
def alarm(samples, training):
    gap = cdist(samples, training).min(axis=1)
    return -np.percentile(gap, 2)
""",
            # the median does not notice one of thirty
            """
def alarm(samples, training):
    return -np.median(cdist(samples, training).min(axis=1))
""",
            # exact copies alone
            """
def alarm(samples, training):
    return (cdist(samples, training) == 0).any(axis=1).mean()
""",
            # smaller when there are more copies
            """
def alarm(samples, training):
    return np.percentile(cdist(samples, training).min(axis=1), 2)
""",
            # the mean drowns in chance
            """
def alarm(samples, training):
    return -cdist(samples, training).min(axis=1).mean()
""",
            # looks for the nearest of the samples instead
            """
def alarm(samples, training):
    return -np.sort(cdist(samples, samples), axis=1)[:, 1].min()
""",
            # they ask for the closest copy only, so 3 % and 50 % are alike
            """
def alarm(samples, training):
    return -cdist(samples, training).min()
""",
            """
def alarm(samples, training):
    return float(cdist(samples, training).min() < 0.02)
""",
            """
def alarm(samples, training):
    gap = cdist(samples, training).min(axis=1)
    return np.median(gap) / gap.min()
""",
            """
def alarm(samples, training):
    return 1.0
""",
            # a distance of means
            """
def alarm(samples, training):
    return -np.linalg.norm(samples.mean(axis=0) - training.mean(axis=0))
""",
        ],
    },
}
