"""A figure for an item: what may be one, where it goes, and that the new version keeps it."""

import re
import struct
import zlib

import pytest

from dashboard import illustrating
from dashboard.preview import preview
from items.bank import digest
from items.errors import BadInput
from items.exchange.media import LARGEST
from items.markdown import parser
from items.storage import banks
from tests.dashboard.browsing import fill, press, rest, serve, visit
from tests.dashboard.opening import open_page

ITEM, BANK = "dl-opt-step", "deep-learning"
SHOWS = "Two bars [a, b]: 3 and 5"


def png(side=40):
    """Return a grey square as PNG (W3C Portable Network Graphics, section 5)."""

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = zlib.compress(b"".join(b"\0" + b"\x88" * side for _ in range(side)))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'><rect width='9' height='9'/></svg>"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("big.png", png() + b"\0" * LARGEST, "big.png: is 2.0 MB large; at most 2 MB"),
        ("notes.png", b"just words", "notes.png: is called .png but holds no PNG image"),
        ("photo.jpg", png(), "photo.jpg: is called .jpg but holds no JPEG image"),
        ("sound.webp", b"RIFF\0\0\0\0WAVE", "holds no WEBP image"),
        ("slides.pdf", b"%PDF", "slides.pdf: is no image; SVG, PNG, JPEG, GIF or WebP"),
        ("page.svg", b"<html/>", "page.svg: holds no drawing"),
        ("torn.svg", b"<svg", "torn.svg: is not well-formed"),
        ("live.svg", SVG.replace(b"<rect", b"<script>1</script><rect"), "live.svg: holds <script>"),
        ("live.svg", SVG.replace(b"<rect", b"<rect onclick='x()'"), "live.svg: holds onclick="),
    ],
)
def test_what_is_no_image_for_candidates_is_refused_in_one_sentence(name, content, told):
    with pytest.raises(BadInput) as refused:
        illustrating.place(name, content, {})
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_figure_gets_a_name_of_its_own_beside_the_others():
    media = {"pictures/box_plot.png": png(), "pictures/x.svg": SVG}
    assert illustrating.place("Box plot.PNG", png(), media) == "pictures/box_plot.png"
    assert illustrating.place("Box plot.PNG", png(9), media) == "pictures/box_plot_2.png"
    assert illustrating.place("Ä.svg", SVG, {}) == "figures/figure.svg"


@pytest.mark.parametrize("words", [SHOWS, "a \\ in ]( it", "two\nlines"])
def test_the_markdown_says_what_was_written(words):
    text = illustrating.markdown("figures/a.svg", shows=words, caption='The "heights" \\ all')
    html = parser().render(text, {})
    alt = re.search(r'alt="([^"]*)"', html)[1]
    assert alt == " ".join(words.split())
    assert "<figcaption>The &quot;heights&quot; \\ all</figcaption>" in html
    assert "<figcaption>" not in parser().render(illustrating.markdown("figures/a.svg", shows=words), {})


def test_a_figure_without_alternative_text_is_refused():
    with pytest.raises(BadInput, match=r"figures/a.svg: has no alternative text; say in words what it shows"):
        illustrating.markdown("figures/a.svg", shows=" ")


def _choose(page, name, content, kind="image/png"):
    page.file_uploader[0].set_value((name, content, kind))
    return page.run()


def test_an_added_figure_is_part_of_the_new_version(database):
    page = _choose(open_page("item", item=ITEM, side="Edit"), "Bars.png", png())
    put = next(one for one in page.button if one.label.startswith("Put it"))
    assert put.disabled, "alternative text comes first"
    page.text_input(key=f"shows stem {ITEM} 0 0").set_value(SHOWS).run()
    next(one for one in page.button if one.label.startswith("Put it")).click().run()
    assert not page.exception
    assert page.text_area(key=f"stem {ITEM} 0").value.endswith(
        "![Two bars \\[a, b\\]: 3 and 5](figures/bars.png)\n"
    )
    assert any("becomes version 2" in info.value for info in page.info)
    page.text_input(key=f"note {ITEM}").set_value("a picture says it").run()
    next(one for one in page.button if one.label == "Save as a new version").click().run()
    assert not page.exception
    bank = banks.load(database, BANK)
    assert bank.item(ITEM).version == 2
    assert bank.item(ITEM).attachments["figures/bars.png"] == digest(png())
    assert bank.media["figures/bars.png"] == png()
    assert "data:image/png;base64," in preview(bank, ITEM)


def test_a_file_that_is_no_image_is_refused_on_the_page(database):
    page = _choose(open_page("item", item=ITEM, side="Edit"), "notes.png", b"just words")
    told = [one.value for one in page.error]
    assert told == [
        "This file cannot be shown to candidates: notes.png: is called .png but holds no PNG image; "
        "save it again"
    ]
    assert not any(one.label.startswith("Put it") for one in page.button)


@pytest.mark.browser
def test_an_author_adds_a_figure_and_sees_what_candidates_will_see(workspace, database, browser, tmp_path):
    file = tmp_path / "Bars.png"
    file.write_bytes(png())
    with serve(workspace) as (base, server_log):
        page = visit(browser, f"{base}/item?item={ITEM}&side=Edit")
        page.get_by_text("Add a figure").click()
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_text("Say what it shows first").wait_for()
        fill(page, "What it shows, for those who cannot see it", SHOWS)
        press(page, "Put it at the end of the question")
        page.get_by_text("becomes version 2").wait_for()
        page.get_by_text("As candidates will see it").click()
        shown = page.frame_locator("iframe").get_by_alt_text(SHOWS)
        shown.wait_for()
        assert shown.evaluate("image => image.naturalWidth") == 40
        fill(page, "What was changed and why", "a picture says it")
        press(page, "Save as a new version")
        page.get_by_text("as version 2").wait_for()
        page.goto(f"{base}/item?item={ITEM}")
        rest(page)
        page.frame_locator("iframe").get_by_alt_text(SHOWS).wait_for()
        assert page.locator("[data-testid=stException]").count() == 0
        assert page.errors == []
        page.close()
        assert "Traceback" not in server_log.read_text()
    assert banks.load(database, BANK).media["figures/bars.png"] == png()
