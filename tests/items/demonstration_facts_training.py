"""Facts of the items on data, optimisation, initialisation, activations and backpropagation."""

import numpy as np

from tests.items.demonstration_facts import Answer, Facts, gradient, sigmoid, slope, softmax

FACTS = Facts()

# ── Data and batching


@FACTS.of("dl-data-updates")
def updates() -> Answer:
    batches = [range(start, start + 50) for start in range(0, 1250, 50)]
    assert batches[-1][-1] == 1249
    return [len(batches)]


@FACTS.of("dl-data-leakage")
def leakage() -> Answer:
    """The key's two `axis=0`: the axis along which a mean leaves one number for each feature."""
    rows, features = 9, 4
    (axis,) = [axis for axis in (0, 1) if np.zeros((rows, features)).mean(axis=axis).shape == (features,)]
    return [axis, axis]


@FACTS.of("dl-data-batch-noise")
def batch_noise() -> Answer:
    means = [np.random.default_rng(1).normal(size=(40_000, size)).mean(axis=1).std() for size in (16, 256)]
    return [round(means[0] / means[1], 1)]


# ── Optimisation


@FACTS.of("dl-opt-step")
def one_step() -> Answer:
    return [5 - 0.1 * slope(lambda w: w**2 - 4 * w, 5.0)]


@FACTS.of("dl-opt-momentum")
def momentum() -> Answer:
    v, w = 0.0, 1.0
    for _ in range(2):
        v = 0.9 * v + 2
        w -= 0.1 * v
    return [w]


@FACTS.of("dl-opt-adam-first")
def adam_first() -> Answer:
    m, v = (1 - 0.9) * 40, (1 - 0.999) * 40**2
    return [0.001 * (m / (1 - 0.9)) / np.sqrt(v / (1 - 0.999))]


@FACTS.of("dl-opt-stable-rate")
def stable_rate() -> Answer:
    def reaches_the_minimum(rate: float) -> bool:
        w = np.array([1.0, 1.0])
        for _ in range(5000):
            w = w - rate * np.array([w[0], 50 * w[1]])
            if abs(w[1]) > 1e6:
                return False
        return bool(np.abs(w).max() < 1e-6)

    rates = [step / 1000 for step in range(4, 70)]
    assert reaches_the_minimum(0.0399)
    return [0, min(rate for rate in rates if not reaches_the_minimum(rate))]


# ── Initialisation


@FACTS.of("dl-init-code")
def he_code() -> Answer:
    fan_in = 512
    kept = np.mean(np.maximum(np.random.default_rng(2).normal(size=400_000), 0) ** 2)
    roots = [power for power in (0.5, 1, 2) if np.isclose((2 / fan_in) ** power, np.sqrt(2 / fan_in))]
    return [round(1 / kept), *roots]


@FACTS.of("dl-init-he")
def he() -> Answer:
    kept = 1 / 2
    return [np.sqrt(1 / (512 * kept))]


@FACTS.of("dl-init-orthogonal")
def orthogonal() -> Answer:
    matrices = [
        [[0.6, -0.8], [0.8, 0.6]],
        [[0.6, 0.8], [0.8, 0.6]],
        [[1, -1], [1, 1]],
        [[0.5, -0.5], [0.5, 0.5]],
    ]
    kept = [matrix for matrix in matrices if np.allclose(np.array(matrix).T @ np.array(matrix), np.eye(2))]
    assert len(kept) == 1
    return np.ravel(kept[0])


@FACTS.of("dl-init-glorot")
def glorot() -> Answer:
    draws = np.random.default_rng(3).uniform(-1, 1, size=2_000_000)
    reach = round(float(np.sqrt(2 / (200 + 400) / draws.var())), 3)
    return [-reach, reach]


@FACTS.of("dl-init-growth")
def growth() -> Answer:
    variance = 1.0
    for _ in range(10):
        variance = sum(0.02 * variance for _ in range(100))
    return [variance]


# ── Activations and losses


@FACTS.of("dl-act-relu")
def relu() -> Answer:
    return [max(0.0, z) for z in (-2, 0.5, 3, -0.1)]


@FACTS.of("dl-act-pairings")
def pairings() -> Answer:
    """The softmax of row 4 cannot give two topics a probability above one half at the same time."""
    assert np.sort(softmax(np.array([9.0, 9.0, -9.0])))[1] <= 0.5
    return [4]


@FACTS.of("dl-act-softmax")
def softmax_by_hand() -> Answer:
    return [softmax(np.log([6.0, 3.0, 1.0]))[0]]


@FACTS.of("dl-act-huber")
def huber() -> Answer:
    """Integrate the slope of the loss: the residual itself, cut off at 1."""
    steps = np.linspace(0, abs(4 - 7), 300_001)
    return [float(np.trapezoid(np.minimum(steps, 1), steps))]


@FACTS.of("dl-act-double-softmax")
def double_softmax() -> Answer:
    logits = np.zeros(10)
    logits[0] = 50
    return [round(-float(np.log(softmax(softmax(logits))[0])), 2)]


# ── Backpropagation


@FACTS.of("dl-bp-chain")
def chain() -> Answer:
    w, x, t = 1.5, -0.7, 0.4
    by_hand = slope(lambda w: (w * x - t) ** 2, w)
    return [round(by_hand / ((w * x - t) * x), 6)]


@FACTS.of("dl-bp-graph")
def graph() -> Answer:
    return [slope(lambda w: (w * 3 - 4) ** 2, 2.0)]


@FACTS.of("dl-bp-accumulate")
def accumulate() -> Answer:
    return [sum(slope(lambda w: w**2, 5.0) for _ in range(2))]


@FACTS.of("dl-bp-sigmoid-chain")
def sigmoid_chain() -> Answer:
    steepest = max(slope(sigmoid, z) for z in np.linspace(-5, 5, 1001))
    assert round(steepest, 6) == 0.25
    return [0.25, 5, round(steepest**5, 3)]


@FACTS.of("dl-bp-outer-product")
def outer_product() -> Answer:
    x, upstream = np.array([3.0, 4.0]), np.array([1.0, -2.0])
    found = gradient(lambda W: float(upstream @ (W @ x)), np.array([[1.0, 0.0], [2.0, 1.0]]))
    return np.ravel(found)


@FACTS.of("dl-bp-residual")
def residual() -> Answer:
    def block(x: float) -> float:
        return x + 0.1 * x

    return [slope(lambda x: block(block(block(x))), 2.0)]


@FACTS.of("dl-bp-centring")
def centring() -> Answer:
    upstream = np.array([4.0, 0.0, 0.0, 0.0])
    return gradient(lambda x: float(upstream @ (x - x.mean())), np.array([0.3, -1.2, 2.0, 0.7]))


@FACTS.of("dl-bp-swish")
def swish() -> Answer:
    return [slope(lambda z: z * sigmoid(z), 0.0)]
