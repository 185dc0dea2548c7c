"""Steps per second of chapter 3's GAN: TensorFlow beside plain PyTorch, on this CPU.

The PyTorch networks are built from the Keras ones layer by layer, in both memory
layouts and with both of its Adams; the fastest of them is what TensorFlow is held
against. Same batch, step (one forward pass for both players), penalty, EMA with
BatchNorm statistics of its own and data in memory; the candidates take turns.

TF_NUM_INTRAOP_THREADS=1 lets TensorFlow run two operations side by side instead of one
on two cores.

PYTHONPATH=.:tools python benchmarks/torch_step.py [--rounds 8] [--steps 100]
Needs `torch` (measured with 2.13.0), which the course does not use otherwise.
"""

import argparse
import copy
import os
import time
from itertools import product
from statistics import median

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import networks
import numpy as np
import torch
from keras import layers
from torch import nn
from torch.nn import functional

from ganutils.kit import runtime
from ganutils.training import players

BATCH, LATENT, DECAY, GAMMA, INTERVAL = 64, 64, 0.9995, 1.0, 8
LAYOUTS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}


class Bypass(nn.Module):
    """Returns its input beside what a few layers make of it."""

    def __init__(self, *modules):
        super().__init__()
        self.modules_beside = nn.Sequential(*modules)

    def forward(self, x):
        return torch.cat([x, self.modules_beside(x)], dim=1)


class Spread(nn.Module):
    """Appends the mean deviation within groups of 16, as the chapter's layer does."""

    def forward(self, x):
        groups = x.reshape(-1, min(16, len(x)), *x.shape[1:])
        deviation = (groups.var(dim=1, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
        column = deviation.repeat_interleave(groups.shape[1]).view(-1, 1, 1, 1)
        return torch.cat([x, column.expand(-1, 1, *x.shape[2:])], dim=1)


def translate(model) -> nn.Sequential:
    """Return the same network in PyTorch; raises a ValueError for an unknown layer."""
    shape, modules = model.input_shape[1:], []
    for layer in model.layers:
        if isinstance(layer, layers.Concatenate):
            modules = [Bypass(*modules)]
        else:
            modules += _module(layer, shape)
        shape = layer.output.shape[1:]
    network = nn.Sequential(*modules)
    theirs = sum(p.numel() for p in network.parameters())
    ours = sum(int(np.prod(w.shape)) for w in model.trainable_variables)
    if ours != theirs:
        raise ValueError(f"Expected {ours:,} weights in PyTorch; received {theirs:,}.")
    return network


def _module(layer, shape):
    """Return the modules of a layer whose input has that shape, channels last."""
    out = layer.output.shape[1:]
    match layer:
        case layers.InputLayer():
            return []
        case layers.Activation():
            modules = []
        case layers.Dense():
            modules = [nn.Linear(shape[-1], out[-1], bias=layer.use_bias)]
        case layers.Reshape():
            modules = [nn.Unflatten(1, (out[2], out[0], out[1]))]
        case layers.BatchNormalization():
            modules = [nn.BatchNorm2d(shape[-1], eps=layer.epsilon)]
        case layers.LeakyReLU():
            modules = [nn.LeakyReLU(layer.negative_slope)]
        case layers.Conv2DTranspose() | layers.Conv2D():
            modules = [_convolution(layer, shape[-1], out[-1])]
        case layers.Flatten():
            modules = [nn.Flatten()]
        case layers.Layer() if type(layer).__name__ == "Spread":
            modules = [Spread()]
        case _:
            raise ValueError(f"Expected a layer known here; received {layer!r}.")
    last = getattr(layer, "activation", None)
    if getattr(last, "__name__", "linear") == "tanh":
        modules.append(nn.Tanh())
    return modules


def _convolution(layer, inputs, outputs):
    up = isinstance(layer, layers.Conv2DTranspose)
    kernel, stride = layer.kernel_size[0], layer.strides[0]
    kind = nn.ConvTranspose2d if up else nn.Conv2d
    padding = (kernel - 1) // 2  # halves an even side, as "same" does
    return kind(inputs, outputs, kernel, stride, padding, bias=layer.use_bias)


def torch_loop(data, layout, fused):
    """Return f(steps) → seconds of training in PyTorch."""
    gan = networks.chapter_3(0)
    g, d = (
        translate(n).to(memory_format=LAYOUTS[layout])
        for n in (gan.generator, gan.discriminator)
    )
    ema = copy.deepcopy(g)
    adam = {"lr": 2e-3, "betas": (0.0, 0.99), "fused": fused}
    optimizers = [torch.optim.Adam(n.parameters(), **adam) for n in (g, d)]
    data = torch.from_numpy(data.transpose(0, 3, 1, 2).copy())
    data = data.to(memory_format=LAYOUTS[layout])

    def step(number):
        real = data[torch.randint(len(data), (BATCH,))]
        fake = g(torch.randn(BATCH, LATENT))
        due = number % INTERVAL == 0
        real.requires_grad_(due)
        real_logits, fake_logits = d(real), d(fake)
        d_loss = functional.softplus(-real_logits) + functional.softplus(fake_logits)
        d_loss = d_loss.mean()
        if due:
            (slope,) = torch.autograd.grad(real_logits.sum(), real, create_graph=True)
            penalty = slope.square().sum((1, 2, 3)).mean()
            d_loss = d_loss + 0.5 * GAMMA * INTERVAL * penalty
        g_loss = functional.softplus(-fake_logits).mean()
        pairs = [(g, g_loss), (d, d_loss)]
        gradients = [
            torch.autograd.grad(loss, list(n.parameters()), retain_graph=n is g)
            for n, loss in pairs
        ]
        for (network, _), optimizer, slopes in zip(
            pairs, optimizers, gradients, strict=True
        ):
            for weight, slope in zip(network.parameters(), slopes, strict=True):
                weight.grad = slope
            optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(
                list(ema.parameters()), list(g.parameters()), 1 - DECAY
            )
            if number % players.STATISTICS_INTERVAL == 0:
                ema(torch.randn(players.STATISTICS_BATCH, LATENT))

    def loop(steps):
        start = time.perf_counter()
        for number in range(steps):
            step(number)
        return time.perf_counter() - start

    return loop


def tensorflow_loop(data):
    """Return f(steps) → seconds of `GAN.fit`, tracing excluded."""
    gan = networks.chapter_3(0)
    watch = networks.Stopwatch()

    def loop(steps):
        gan.fit(
            data,
            batch_size=BATCH,
            steps_per_epoch=networks.WARM_UP + steps,
            callbacks=[watch],
            verbose=0,
        )
        return watch.seconds

    return loop


def main():
    """Print steps per second of each candidate and the ratio to the best PyTorch."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    print(runtime.banner(), "· torch", torch.__version__)
    data = np.random.default_rng(0).uniform(-1, 1, (10_000, 28, 28, 1))
    data = data.astype("float32")
    loops = {"TensorFlow": tensorflow_loop(data)}
    for layout, fused in product(LAYOUTS, (False, True)):
        name = f"PyTorch {layout}{', fused Adam' if fused else ''}"
        loops[name] = torch_loop(data, layout, fused)
    for loop in loops.values():
        loop(networks.WARM_UP)
    found = {name: [] for name in loops}
    for i in range(options.rounds):
        order = np.roll(list(loops), -i).tolist()
        for name in order:
            found[name].append(options.steps / loops[name](options.steps))
    print("| | steps/s, median (lowest–highest) |\n|---|---|")
    for name, rates in found.items():
        print(f"| {name} | {networks.spread(rates, 1)} |")
    best = max(list(loops)[1:], key=lambda name: median(found[name]))
    pairs = zip(found["TensorFlow"], found[best], strict=True)
    print(f"\nTensorFlow / {best}: {networks.spread([a / b for a, b in pairs], 2)}")


if __name__ == "__main__":
    main()
