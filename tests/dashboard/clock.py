"""A clock inside the browser: how long a person waits until all of a page is drawn.

The page itself looks at every frame whether it is drawn: the server has answered, its script is at rest,
there is a title, no placeholder, each chart and table that can be seen has its drawing, and nothing changes
any more. What a grid writes into its canvas for screen readers, 0.2 s after it was drawn, is no part of the
drawing. So nothing is lost to the steps in which a test asks.
"""

from playwright.sync_api import Browser, BrowserContext, Page

LIMIT = 120_000
"""Milliseconds after which nobody waits any more."""
STABLE = 500
"""Milliseconds that a page has to stay drawn; they do not count."""

LOOK = """
(() => {
  window.asked = 0;
  window.heard = -1;
  window.since = null;
  const ask = () => { window.asked = performance.now(); window.since = null; };
  for (const kind of ["click", "keydown"]) addEventListener(kind, ask, true);
  window.WebSocket = class extends WebSocket {
    constructor(...told) {
      super(...told);
      this.addEventListener("message", () => { window.heard = performance.now(); window.since = null; });
    }
  };
  const seen = ({ target }) => !(target.closest ? target : target.parentElement)?.closest("canvas");
  new MutationObserver((changes) => { if (changes.some(seen)) window.since = null; })
    .observe(document, { childList: true, subtree: true, characterData: true });
  const shown = (query) => [...document.querySelectorAll(query)].filter((one) => one.checkVisibility());
  const drawn = () =>
    window.heard > window.asked
    && document.querySelector("[data-testid=stApp][data-test-script-state=notRunning] h1") !== null
    && shown("[data-testid=stSkeleton]").length === 0
    && shown("[data-testid=stVegaLiteChart]").every((one) => one.querySelector("canvas, svg"))
    && shown("[data-testid=stDataFrame]").every((one) => one.querySelector("canvas"));
  const look = () => {
    const now = drawn();
    if (now !== (window.since !== null)) window.since = now ? performance.now() : null;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


def watched(browser: Browser) -> BrowserContext:
    """Return a browser that was never here, whose pages carry the clock."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.add_init_script(LOOK)
    context.set_default_timeout(LIMIT)
    return context


def opened(context: BrowserContext, address: str) -> tuple[Page, float]:
    """Open an address; return the page and the seconds until it was drawn."""
    page = context.new_page()
    page.goto(address, wait_until="commit")
    return page, waited(page)


def waited(page: Page) -> float:
    """Return the seconds from the opening, or the last click or key, until the page was drawn."""
    page.wait_for_function(f"window.since !== null && performance.now() - window.since > {STABLE}")
    taken = float(page.evaluate("(window.since - window.asked) / 1000"))
    assert page.locator("[data-testid=stException]").count() == 0
    return taken
