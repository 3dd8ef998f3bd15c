"""The lines of a run as a Markdown table, ready for the README."""

from dashboard.benchmarks.line import Line, PeerTime

COLUMNS = ("Case", "What", "itemwise", "Peers in this run", "Recorded elsewhere")
FIT = ("Below the maximum", "Sparse products' share")


def heading(*, fit: bool) -> str:
    """Return the two lines with which a table begins."""
    names = (*COLUMNS, *FIT) if fit else COLUMNS
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def row(line: Line, *, fit: bool) -> str:
    """Return a line as a row of the table."""
    recorded = ", ".join(f"{name} {_number(value)}" for name, value in line.recorded.items())
    cells = [line.case, line.what, _ours(line), "; ".join(_peer(line, peer) for peer in line.peers), recorded]
    if fit:
        share = "" if line.product_share is None else f"{line.product_share:.0%}"
        cells += ["" if line.gap is None else f"{max(line.gap, 0.0):.0e}", share]
    return f"| {' | '.join(cells)} |"


def _ours(line: Line) -> str:
    if line.time is None:
        return line.note
    memory = "" if line.memory is None else f", {line.memory:.2f} GB"
    return f"{_number(line.time)} {line.unit}{memory}" + (f" ({line.note})" if line.note else "")


def _peer(line: Line, peer: PeerTime) -> str:
    short = "" if peer.short is None else f", {_number(max(peer.short, 0.0))} below the maximum"
    return f"**{_number(line.ratio(peer) or 0.0)}×** {peer.name} ({_number(peer.time)}{short})"


def _number(value: float) -> str:
    """Return three significant digits, without an exponent where that can be read."""
    if 1e-4 <= abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.0e}" if value else "0"
