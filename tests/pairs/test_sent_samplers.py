"""Samplers that are copied, pickled or sent to other processes follow `set_epoch` in their own loaders."""

from __future__ import annotations

import copy
import os
import pickle
import resource
import sys

import pytest
import torch
from torch.utils.data import DataLoader

from pairgen.pairs import PairSampler
from tests.helpers.toy import Series, SeriesData


def sampler() -> PairSampler:
    return PairSampler(Series(), "whole", seed=5)


def follow(make: PairSampler) -> list[list[float]]:
    """The first rows of epochs 3, 4 and 9 in a worker that lives on, by a dataset and by a collate function."""
    data = SeriesData(4)
    options = {"num_workers": 1, "persistent_workers": True, "multiprocessing_context": "fork", "batch_size": 2}
    loaders = [
        DataLoader(make.wrap_dataset(data), collate_fn=make.collate, **options),
        DataLoader(data, collate_fn=make.collate_items, **options),
    ]
    rows: list[list[float]] = [[], []]
    for epoch in (3, 4, 9):
        make.set_epoch(epoch)
        for row, loader in zip(rows, loaders, strict=True):
            row.append(float(next(iter(list(loader))).first[0, 1]))
    return rows


@pytest.fixture(scope="module")
def expected() -> list[list[float]]:
    make, data = sampler(), SeriesData(4)
    by_index = [float(make(data[0][0], 0, epoch).first[1]) for epoch in (3, 4, 9)]
    by_content = []
    for epoch in (3, 4, 9):
        make.set_epoch(epoch)
        by_content.append(float(make.collate_items([data[0], data[1]]).first[0, 1]))
    assert len({*by_index, *by_content}) == 6
    return [by_index, by_content]


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("form", [copy.copy, copy.deepcopy, pickled])
def test_copies_follow_their_epoch_in_workers_that_live_on(form, expected) -> None:
    original = sampler()
    original.set_epoch(1)
    assert follow(form(original)) == [pytest.approx(row) for row in expected]


def test_a_copy_and_its_original_do_not_move_each_other() -> None:
    original = sampler()
    for form in (copy.deepcopy, pickled):
        other = form(original)
        other.set_epoch(5)
        assert original.epoch == 0
        original.set_epoch(2)
        assert other.epoch == 5
        original.set_epoch(0)


@pytest.mark.slow
def test_a_sampler_serves_forked_and_spawned_workers_at_a_time() -> None:
    make, data = sampler(), SeriesData(4)
    loaders = [
        DataLoader(
            data,
            batch_size=4,
            collate_fn=make.collate_items,
            num_workers=1,
            persistent_workers=True,
            multiprocessing_context=context,
        )
        for context in ("fork", "spawn")
    ]
    for epoch in (0, 6, 7):
        make.set_epoch(epoch)
        rows = [next(iter(list(loader))).first for loader in loaders]
        assert torch.equal(rows[0], make.collate_items([data[i] for i in range(4)]).first)
        assert torch.equal(*rows)


def test_cloudpickle_sends_a_sampler(expected) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    assert follow(pickle.loads(cloudpickle.dumps(sampler()))) == [pytest.approx(row) for row in expected]


@pytest.mark.slow
def test_joblib_sends_a_sampler_to_its_processes(expected) -> None:
    joblib = pytest.importorskip("joblib")
    make = sampler()
    with joblib.parallel_config("loky", n_jobs=2):
        rows = joblib.Parallel()(joblib.delayed(follow)(each) for each in (make, copy.deepcopy(make)))
    assert rows == [[pytest.approx(row) for row in expected]] * 2


@pytest.mark.slow
def test_ray_sends_a_sampler_to_its_processes(expected) -> None:
    ray = pytest.importorskip("ray")
    environment = {"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}}
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    try:
        rows = ray.get(ray.remote(follow).remote(sampler()))
    finally:
        ray.shutdown()
    assert rows == [pytest.approx(row) for row in expected]


def test_more_samplers_and_loaders_than_file_handles() -> None:
    before = len(os.listdir("/proc/self/fd"))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, limits[0]), limits[1]))
    try:
        makes = [sampler() for _ in range(1100)]
        loaders = [make.loader(SeriesData(2), 2) for make in makes]
        loaders += [DataLoader(make.wrap_dataset(SeriesData(2)), collate_fn=make.collate) for make in makes]
        assert len(os.listdir("/proc/self/fd")) <= before + 5
        assert len(next(iter(loaders[-1]))) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
