"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: the first example pays for what is made once. CI draws the same examples every time.
settings.register_profile("itemwise", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("itemwise")

BESIDE = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data and reference results: ITEMWISE_SHARED, or beside the checkout."""
    folder = Path(os.environ.get("ITEMWISE_SHARED", BESIDE))
    if not (folder / "reference").is_dir():
        message = f"reference data not found in {folder}; name the folder with ITEMWISE_SHARED"
        if os.environ.get("ITEMWISE_REFERENCE") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return folder
