"""Facts of the items on convolutions, parameters, sequences, transfer, regularisation and evaluation."""

from itertools import product
from math import comb

import numpy as np

from items.banks.deep_learning.drawing.shapes import BLUE, GREEN, ORANGE
from tests.items.demonstration_facts import (
    Answer,
    Facts,
    convolution,
    dense,
    drawn_frames,
    drawn_lines,
    softmax,
    windows,
)

FACTS = Facts()
FAINT_LINE = "#7b8794"

# ── Convolutions and pooling


@FACTS.of("dl-conv-shape")
def conv_shape() -> Answer:
    places = len(windows(32, kernel=3))
    return [16, 8, places, places]


@FACTS.of("dl-conv-max-pool")
def max_pool() -> Answer:
    grid = np.array([[1, 5, 2, 0], [3, 4, 7, 6], [8, 2, 0, 3], [0, 6, 4, 9]])
    return [grid[r : r + 2, c : c + 2].max() for r, c in product(windows(4, 2, 2), windows(4, 2, 2))]


@FACTS.of("dl-conv-stride-figure")
def stride() -> Answer:
    """Measure the way between the middles of the blue and the orange frame, in cells."""
    cell = max(width for _, _, width in drawn_frames("stride", FAINT_LINE))
    (blue,), (orange,) = drawn_frames("stride", BLUE), drawn_frames("stride", ORANGE)
    return [round((orange[0] + orange[2] / 2 - blue[0] - blue[2] / 2) / cell, 6)]


@FACTS.of("dl-conv-cross-correlation")
def cross_correlation() -> Answer:
    picture = np.array([[1, 2, 0], [0, 1, 3], [2, 1, 1]])
    kernel = np.array([[1, 0], [2, -1]])
    return [(picture[r : r + 2, c : c + 2] * kernel).sum() for r, c in product(range(2), range(2))]


@FACTS.of("dl-conv-receptive")
def receptive() -> Answer:
    """Walk back from one value of the last layer to the pixels that it reads."""
    read = {0}
    for step in (1, 2, 1):
        read = {step * place + offset for place in read for offset in range(3)}
    return [max(read) - min(read) + 1]


@FACTS.of("dl-conv-transposed")
def transposed() -> Answer:
    rows = {2 * start + offset for start in range(7) for offset in range(3)}
    assert len(windows(len(rows), kernel=3, stride=2)) == 7
    return [len(rows)]


# ── Counting parameters


@FACTS.of("dl-count-network")
def network() -> Answer:
    return [dense(3, 4) + dense(4, 2)]


@FACTS.of("dl-count-pooling")
def pooling() -> Answer:
    learned: list[np.ndarray] = []
    return [sum(array.size for array in learned)]


@FACTS.of("dl-count-dense-code")
def dense_code() -> Answer:
    lines = [(80, 77), (76, 80), (80, 76), (77, 80)]
    (found,) = [line for line in lines if dense(*line) == 6160]
    return found


@FACTS.of("dl-count-conv")
def conv() -> Answer:
    return [convolution(3, 32, 5)]


@FACTS.of("dl-count-batch-norm")
def batch_norm() -> Answer:
    scale, shift = np.ones(64), np.zeros(64)
    return [scale.size + shift.size]


@FACTS.of("dl-count-lstm")
def lstm() -> Answer:
    parts = ("input gate", "forget gate", "output gate", "candidate")
    return [sum(dense(10 + 20, 20) for _ in parts)]


@FACTS.of("dl-count-attention")
def attention_parameters() -> Answer:
    heads = sum(3 * dense(64, 8) for _ in range(8))
    return [heads + dense(8 * 8, 64)]


# ── Sequence models and attention


@FACTS.of("dl-seq-unrolled")
def unrolled() -> Answer:
    arrows = [(f"x{t}", f"h{t}") for t in range(1, 5)] + [(f"h{t}", f"y{t}") for t in range(1, 5)]
    arrows += [(f"h{t}", f"h{t + 1}") for t in range(1, 4)]
    assert len(arrows) == 11
    return [len({(start[0], end[0]) for start, end in arrows})]


@FACTS.of("dl-seq-attention-output")
def attention_output() -> Answer:
    return [softmax(np.array([0.0, np.log(3)])) @ np.array([8.0, 4.0])]


@FACTS.of("dl-seq-cost")
def cost() -> Answer:
    pairs = [comb(n, 2) * 2 + n for n in (512, 2048)]
    assert pairs == [262_144, 4_194_304]
    return [pairs[1] / pairs[0]]


@FACTS.of("dl-seq-cell-state")
def cell_state() -> Answer:
    return [0.9 * 2 + 0.5 * -1]


@FACTS.of("dl-seq-scaling")
def scaling() -> Answer:
    """The standard deviation of scaled scores stays at 1 for short and for long vectors."""
    rng = np.random.default_rng(4)
    for length in (4, 64):
        q, k = rng.normal(size=(2, 60_000, length))
        assert abs(float(((q * k).sum(axis=1) / np.sqrt(length)).std()) - 1) < 0.02
    return []


# ── Transfer learning


@FACTS.of("dl-transfer-frozen-figure")
def frozen() -> Answer:
    blocks = [(20_000, False), (80_000, False), (300_000, True), (5_000, True)]
    return [sum(count for count, trained in blocks if trained)]


@FACTS.of("dl-transfer-code")
def transfer_code() -> Answer:
    weight, features = np.zeros((7, 512)), np.zeros(512)
    return [features.size, (weight @ features).size]


@FACTS.of("dl-transfer-low-rank")
def low_rank() -> Answer:
    return [np.zeros((1024, 8)).size + np.zeros((8, 1024)).size]


# ── Regularisation


@FACTS.of("dl-reg-early-stopping")
def early_stopping() -> Answer:
    """Find the lowest point of the orange curve in the figure; its points are the epochs 0 to 60."""
    (curve,) = [points for points in drawn_lines("early_stopping", ORANGE) if len(points) == 61]
    return [max(range(61), key=lambda epoch: curve[epoch][1])]


@FACTS.of("dl-reg-dropout-scale")
def dropout_scale() -> Answer:
    candidates = [value / 100 for value in range(1, 2001)]
    return [value for value in candidates if np.isclose(0.8 * value + 0.2 * 0, 4)]


@FACTS.of("dl-reg-label-smoothing")
def label_smoothing() -> Answer:
    target = 0.9 * np.eye(5)[0] + 0.1 * np.full(5, 1 / 5)
    assert np.isclose(target.sum(), 1)
    return [target[0]]


@FACTS.of("dl-reg-batch-norm")
def batch_normalisation() -> Answer:
    batch = np.array([2.0, 2.0, 6.0, 6.0])
    return [(3 * (batch - batch.mean()) / batch.std() + 1)[-1]]


@FACTS.of("dl-reg-dropout-variance")
def dropout_variance() -> Answer:
    outcomes = [m1 * 1 * 3 + m2 * 2 * 1 for m1, m2 in product((0, 2), repeat=2)]
    return [np.var(outcomes)]


# ── Tuning and evaluation


@FACTS.of("dl-eval-precision")
def precision() -> Answer:
    leaves = ["hit"] * 40 + ["false alarm"] * 10 + ["miss"] * 20 + ["rightly healthy"] * 130
    alarms = [leaf for leaf in leaves if leaf in ("hit", "false alarm")]
    assert len(leaves) == 200
    return [alarms.count("hit") / len(alarms)]


@FACTS.of("dl-eval-roc")
def roc() -> Answer:
    """Measure the areas under the drawn curves; the green one is the key's number."""
    areas = {}
    for name, colour in (("blue", BLUE), ("orange", ORANGE), ("green", GREEN)):
        (curve,) = [points for points in drawn_lines("roc", colour) if len(points) > 2]
        x, y = np.array(curve).T
        areas[name] = np.trapezoid((y[0] - y) / (y[0] - y[-1]), (x - x[0]) / (x[-1] - x[0]))
    assert areas["green"] < areas["orange"] < areas["blue"]
    return [round(float(areas["green"]), 3)]


@FACTS.of("dl-eval-cross-validation")
def cross_validation() -> Answer:
    trainings = [(setting, fold) for setting in range(4) for fold in range(5)]
    return [len([*trainings, ("best", "all")])]


@FACTS.of("dl-eval-log-uniform")
def log_uniform() -> Answer:
    exponents = np.linspace(-5, -1, 40_001)
    return [round(float((10**exponents < 0.001).mean()), 2)]


@FACTS.of("dl-eval-interval")
def interval() -> Answer:
    share = np.random.default_rng(5).binomial(400, 0.9, size=400_000) / 400
    return [round(1.96 * 100 * float(share.std()), 1)]


@FACTS.of("dl-eval-perplexity")
def perplexity() -> Answer:
    return [np.exp(-np.mean(np.log([1 / 2, 1 / 4, 1 / 8])))]
