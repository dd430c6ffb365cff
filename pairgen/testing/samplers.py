"""`check_sampler`: all checks of a `PairSampler`, without pytest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pairgen.pairs import PairSampler
from pairgen.testing.augmentations import judged, known_failures
from pairgen.testing.check import Over
from pairgen.testing.choice import named
from pairgen.testing.fresh_process import refuse_in_worker
from pairgen.testing.report import Report
from pairgen.testing.sampler_subject import SamplerSubject

__all__ = ["check_sampler"]

_OVER: tuple[Over, ...] = ("sampler",)


def check_sampler(
    sampler: PairSampler,
    *,
    items: Any = None,
    random: bool = True,
    checks: Iterable[str] | str | None = None,
    expected_failures: Mapping[str, str] | None = None,
    examples: int = 20,
    seed: int = 0,
    raises: bool = True,
) -> Report:
    """Check what a sampler promises of its pairs: the same by every way through a loader, and after any resume.

        check_sampler(pairgen.PairSampler("image", recipe="simclr", size=32))

    items: a Hypothesis strategy of items that collate into one batch, instead of the modality's. random: False for a
    recipe without randomness, such as "eval". The rest is as in `check_augmentation`.
    """
    from hypothesis import strategies as st

    refuse_in_worker()
    check_spec = sampler.modality.check_spec
    shown = items if items is not None else check_spec.model_items
    shown = (
        shown
        if shown is not None
        else (check_spec.informative_items if check_spec.informative_items is not None else check_spec.items)
    )
    subject = SamplerSubject(sampler, check_spec, random, st.lists(shown, min_size=3, max_size=5))
    chosen = named(checks, _OVER)
    known = known_failures(expected_failures, chosen)
    outcomes = tuple(judged(check, subject, examples, seed, known.get(check.name)) for check in chosen)
    call = f"check_sampler({sampler!r}, random={random}, checks={{checks}}, examples={examples}, seed={seed})"
    report = Report(repr(sampler), outcomes, call)
    if raises:
        report.raise_if_failed()
    return report
