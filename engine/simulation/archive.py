"""A study as one small archive (NumPy's npz), so that it can be kept beside the test that it is of."""

import io
import json
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.design import Design
from engine.simulation.study import Finished, Study


def pack(study: Study, about: Mapping[str, Any]) -> bytes:
    """Return a study and what else is to be told of it (JSON); equal studies make equal bytes."""
    tests = study.tests
    reasons, reason = np.unique(tests.reason, return_inverse=True)
    statuses, status = np.unique(tests.status, return_inverse=True)
    told = {**about, "reasons": reasons.tolist(), "statuses": statuses.tolist()}
    archive = io.BytesIO()
    np.savez_compressed(
        archive,
        theta_true=study.theta.astype(np.float32),
        theta=tests.theta.astype(np.float32),
        se=tests.se.astype(np.float32),
        items=tests.items.astype(np.int32),
        categories=tests.categories.astype(np.int8),
        length=tests.length.astype(np.int16),
        opened=tests.opened.astype(np.int16),
        violations=study.violations.astype(np.int16),
        reason=reason.astype(np.int8),
        status=status.astype(np.int8),
        about=np.frombuffer(json.dumps(told, sort_keys=True).encode(), np.uint8),
    )
    return archive.getvalue()


def unpack(content: bytes, design: Design) -> tuple[Study, dict[str, Any]]:
    """Return the study of a design, without the time that it took, and what was told of it.

    Raises
    ------
    ValueError
        If the content is no such archive.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
        about = json.loads(kept.pop("about").tobytes())
        tests = Finished(
            items=kept["items"].astype(np.int64),
            categories=kept["categories"].astype(np.int64),
            length=kept["length"].astype(np.int64),
            opened=kept["opened"].astype(np.int64),
            theta=kept["theta"].astype(float),
            se=kept["se"].astype(float),
            status=np.array(about.pop("statuses"), np.str_)[kept["status"]],
            reason=np.array(about.pop("reasons"), np.str_)[kept["reason"]],
        )
        violations, theta = kept["violations"].astype(np.int64), kept["theta_true"].astype(float)
    except (KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"this is no archive of a study ({error})") from error
    return Study(design, theta, tests, violations, math.nan), about
