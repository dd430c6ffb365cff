from __future__ import annotations

import pairgen
from pairgen.testing import check_sampler, parametrize_with_checks, registered


@parametrize_with_checks(registered("points"), examples=10)
def test_point_cloud_augmentations_keep_their_promises(check):
    check()


def test_pairs_of_point_clouds_are_the_same_by_every_way():
    check_sampler(pairgen.PairSampler("points", recipe="turns"), examples=10)
