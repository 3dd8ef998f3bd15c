"""What the first page would wait for, done while the server starts: imports, then what all pages read.

Streamlit looks for garbage after every run of a page, among all that lives. What was made here stays, so it
is taken out of the search (`gc.freeze`), which otherwise costs a fifth of a second each time.
"""

import gc
import logging
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from dashboard import loading, navigation
from dashboard.views.choosing import usual_set

__all__ = ["navigation", "start"]

log = logging.getLogger(__name__)


def start() -> None:
    """Begin to read what pages show of the first bank, beside whatever else goes on."""
    gc.freeze()
    Thread(target=_read, name="reading ahead", daemon=True).start()


def _read() -> None:
    read()
    gc.collect()
    gc.freeze()


def read() -> None:
    """Read counts, analysis, triage queue and live tests of the first bank; without a database nothing."""
    try:
        for bank in loading.bank_ids()[:1]:
            kept, items = loading.sets(bank), {item.id for item in loading.bank(bank).items}
            loading.read_in()
            loading.triage_queue(bank, usual_set(kept, items, loading.rejected()) if kept else None)
            _live(bank)
    except SQLAlchemyError as error:
        log.info("nothing was read ahead: %s", error)


def _live(bank: str) -> None:
    """Compare the live tests of what is on offer with their design."""
    kinds = loading.session_kinds()
    for one in loading.editions():
        edition = one.assessment.edition
        own = kinds.loc[kinds["edition"] == edition, "simulated"]
        if one.offered and one.assessment.bank == bank and len(own):
            loading.against(edition, simulated=bool(own.min()), able=False)
