"""Threads pinned to the same number for every library in a run."""

from __future__ import annotations

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def pin_environment(threads: int) -> None:
    """Set the variables that libraries read once, at import; call before importing any of them."""
    for variable in VARIABLES:
        os.environ[variable] = str(threads)
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # a peer must not go to the network


def pin_libraries(threads: int) -> None:
    """Set the pools that can be set at run time: torch and OpenCV."""
    import cv2
    import torch

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
