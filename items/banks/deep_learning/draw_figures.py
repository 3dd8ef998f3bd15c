"""Draw the figures of the bank into ``figures/``: ``python -m items.banks.deep_learning.draw_figures``.

The same program always draws the same bytes; a test holds the committed files against it.
"""

from pathlib import Path

from items.banks.deep_learning.drawing import curves, networks, pictures, valley

FOLDER = Path(__file__).parent / "figures"


def draw_all() -> dict[str, str]:
    """Return every figure of the bank as SVG, by the name of its file."""
    figures = {
        "rate_curves": curves.rate_curves(),
        "early_stopping": curves.early_stopping(),
        "roc": curves.roc(),
        "valley_paths": valley.valley_paths(),
        "graph": networks.graph(),
        "network": networks.network(),
        "unrolled": networks.unrolled(),
        "frozen": networks.frozen(),
        "stride": pictures.stride(),
        "volumes": pictures.volumes(),
    }
    figures |= {f"derivative_{name}": curves.derivative(it) for name, it in curves.DERIVATIVES.items()}
    figures |= {f"mask_{name}": pictures.mask(may) for name, may in pictures.MASKS.items()}
    figures |= {f"digit_{name}": pictures.digit(*how) for name, how in pictures.DIGITS.items()}
    return {f"{name}.svg": drawing for name, drawing in figures.items()}


def main() -> None:
    """Write every figure of the bank."""
    FOLDER.mkdir(exist_ok=True)
    for name, drawing in draw_all().items():
        (FOLDER / name).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
