"""LaTeX to MathML: what is shown is well-formed, and what would be shown wrongly is refused."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from items.errors import BadInput
from items.mathematics import TAGS, to_mathml


@pytest.mark.parametrize(
    ("latex", "holds"),
    [
        (r"\frac{a}{b}", "<mfrac>"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr>"),
        (r"\begin{cases}1 & x>0\\0 & x \le 0\end{cases}", "<mtable>"),
        (r"\begin{align*}a &= b\\ c &= d\end{align*}", "<mtable"),
        (r"\frac{\partial L}{\partial w_{ij}}", "&#x02202;"),
        (r"\text{50\% of a\_b}", "<mtext>50%&#x000A0;of&#x000A0;a_b</mtext>"),
        (r"\left\{ x \mid x > 0 \right\}", "stretchy"),
        (r"\{1, 2\}", "&#x0007B;"),
        (r"\operatorname{ReLU}(x) = \max(0, x)", "ReLU"),
        (r"\hat{y} \in \mathbb{R}^{n \times d}", "&#x0211D;"),
        (r"\mathbf{W}^\top \nabla_\theta \mathcal{L}", "<math"),
        (r"\sqrt[3]{x} + \sum_{i=1}^n \lVert x_i \rVert_2^2", "<mroot>"),
    ],
)
def test_formulas_of_the_field_are_shown(latex: str, holds: str) -> None:
    mathml = to_mathml(latex)
    assert holds in mathml
    assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(mathml).iter()} <= TAGS


def test_display_mathematics_says_so() -> None:
    assert 'display="block"' in to_mathml("x", display=True)
    assert 'display="inline"' in to_mathml("x")


@pytest.mark.parametrize(
    ("latex", "says"),
    [
        # the failures seen in the converter, each of which it passes in silence
        (r"\foo x", r"\foo is not a known macro"),
        (r"\begin{aligned}a &= b\end{aligned}", "'aligned' is not supported; use align*"),
        (r"\begin{foo}a\end{foo}", "'foo' is not supported"),
        (r"a & b", "has a & or < out of place"),
        (r"\text{a & b}", "has a & or < out of place"),
        (r"\text{<b>x</b>}", "holds the markup <b>"),
        (r"{a", "'{' is not closed"),
        (r"a}", "'}' closes nothing"),
        (r"\begin{matrix}a", "'matrix' is not closed"),
        (r"\begin{matrix}a\end{pmatrix}", "closes nothing that is open"),
        (r"{\begin{matrix}a}\end{matrix}", "closes nothing that is open"),
        (r"\frac{a}", "an argument is missing"),
        (r"a \\ b", "stands outside an environment; use align*"),
        (r"\href{javascript:alert(1)}{x}", r"\href is not supported"),
        (r"\style{color:red}{x}", r"\style is not supported"),
        (r"\operatorname*{argmax}_x", r"\operatorname* is not supported"),
        (r"\newcommand{\x}{y}", r"\newcommand is not supported"),
        # and those it refuses itself
        (r"\left( a", "cannot be read (extra left or missing right)"),
        (r"a^b^c", "cannot be read (double superscripts)"),
        (r"x_{", "'{' is not closed"),
        (r"x_", "cannot be read"),
        ("", "cannot be read"),
        ("%", "cannot be read"),
    ],
)
def test_what_would_be_shown_wrongly_is_refused(latex: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        to_mathml(latex)
    assert says in str(caught.value)
    assert caught.value.right


BITS = (
    r"{ } _ ^ & < > ' $ % # ~ \\ \{ \} \frac \text{ \begin{matrix} \end{matrix} \left( \right) \alpha \foo"
    r" x 1 \href{javascript:x} <script>"
)
pieces = st.sampled_from([*BITS.split(" "), " ", "\n"])


@given(st.one_of(st.lists(pieces, max_size=12).map("".join), st.text(max_size=30)))
def test_any_latex_is_wellformed_mathml_of_known_elements_or_bad_input(latex: str) -> None:
    try:
        mathml = to_mathml(latex)
    except BadInput:
        return
    assert {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(mathml).iter()} <= TAGS
