from __future__ import annotations

import pairgen
from pairgen.testing import check_sampler, parametrize_with_checks, registered


@parametrize_with_checks(registered("points"), examples=10)
def test_augmentations_of_point_clouds_pass_the_checks(check):
    check()


def test_pairs_of_point_clouds_pass_the_checks():
    check_sampler(pairgen.PairSampler("points", recipe="turns"), examples=10)
