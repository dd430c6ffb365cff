"""The trainer: one loop for every method, on one process or many."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from torch import nn
from torch.optim import AdamW, Optimizer

from pairgen._validation import check_choice, check_number
from pairgen._version import __version__
from pairgen.methods import Method, TwoTowers
from pairgen.pairs import PairBatch
from pairgen.training import checkpoint
from pairgen.training._device import create_fabric, keyed_rng
from pairgen.training._loaders import as_json, get_loader_settings, get_sampler_spec, number_of_batches, set_epoch
from pairgen.training._logs import Logs, ProgressBar, ShowProgress
from pairgen.training._memory import retain_freed_memory
from pairgen.training._processes import broadcast_buffers, check_same, reduce_mean, reduce_sums
from pairgen.training._schedule import Schedule
from pairgen.training._settings import compare_settings, get_settings
from pairgen.training.history import EpochRecord, History
from pairgen.training.objective import Objective, OpaqueBatch

if TYPE_CHECKING:
    from lightning_fabric.plugins.precision import Precision

__all__ = ["Trainer"]

_NO_OPTIONS = frozenset({"params", "lr", "initial_lr", "fused", "foreach", "capturable", "differentiable"})
"""Entries of an optimizer's groups that do not change its results, or that the schedule sets."""


class Trainer:
    """Train a method on a loader of pairs.

    With several processes the loss is that of the global batch, and so are the gradients, if the method gathers (see
    the methods) and the encoder treats each item independently; BatchNorm sees the items of its process only.

    Frozen parts (`requires_grad_(False)`) keep their weights and stay in evaluation mode; see `Method`.

    Args:
        method: The method; it is trained in place and stays on the device it was trained on.
        epochs: Passes over the loader, at least 1.
        learning_rate: Highest learning rate, above 0.
        weight_decay: Weight decay of AdamW, at least 0.
        optimizer: Function from parameters to an optimizer; None for AdamW. Its learning rate is set by the schedule;
            groups of parameters with rates of their own keep the proportions, the highest following the schedule.
        schedule: "cosine" or "constant", after a linear warm-up.
        warmup_epochs: Length of the warm-up in epochs, need not be whole; None for a tenth of the epochs, at most 10.
        clip_gradients: Largest norm of the gradients, above 0; None does not clip.
        chunk_size: Pairs encoded at a time, for batches beyond memory: the same loss at one more forward pass, for
            methods that compare embeddings and encoders without BatchNorm (see `loss_in_chunks`). None encodes all at
            once.
        device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:N" or "mps".
        precision: "32-true", "bf16-mixed", "16-mixed" or another one of Lightning Fabric's; "auto" is bf16-mixed on a
            CUDA device that has bfloat16, else 32-true.
        devices: Devices on this machine, each with a process and its part of the loader's items. None: as many as
            processes were started (by torchrun, or in the process group that exists), else one. Without torchrun, the
            processes are started by running the script again. All see one `run_dir`; the first process writes it.
        run_dir: Folder for checkpoints (after every epoch) and metrics.csv; None keeps nothing.
        seed: Seed of layers that draw in training (dropout), together with the rank; torch's generators are restored.
        progress: Whether to show a progress bar; None for on a terminal only; "lines" writes a line an epoch instead,
            and one every minute within a long epoch, to standard error.
        logger: "tensorboard" also writes TensorBoard's event files to `run_dir`, with the extra `tensorboard`; None
            writes metrics.csv only.

    Raises:
        TypeError: `method` is not a `Method` or cannot be trained in chunks, or a number has the wrong type.
        ValueError: A setting is out of range, the device is not available, or the method has no parameters to train.

    Example:
        >>> import torch
        >>> from pairgen.methods import SimCLR
        >>> batches = [PairBatch(torch.randn(6, 8), torch.randn(6, 8), torch.arange(6))]
        >>> trainer = Trainer(SimCLR(nn.Linear(8, 16)), epochs=2, device="cpu", progress=False)
        >>> len(trainer.fit(batches))
        2
    """

    def __init__(
        self,
        method: Method,
        *,
        epochs: int,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-4,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] | None = None,
        schedule: str = "cosine",
        warmup_epochs: float | None = None,
        clip_gradients: float | None = None,
        chunk_size: int | None = None,
        device: str = "auto",
        precision: str = "auto",
        devices: int | None = None,
        run_dir: str | os.PathLike[str] | None = None,
        seed: int = 0,
        progress: ShowProgress = None,
        logger: Literal["tensorboard"] | None = None,
    ) -> None:
        if not isinstance(method, Method):
            raise TypeError(
                f"method is a {type(method).__name__}: give a pairgen.methods.Method with a loss, e.g. SimCLR(encoder)"
            )
        warmup = min(10.0, epochs / 10) if warmup_epochs is None else warmup_epochs
        self.schedule = Schedule(learning_rate, epochs, warmup, schedule)
        check_number("weight_decay", weight_decay, 0, below=True)
        if clip_gradients is not None:
            check_number("clip_gradients", clip_gradients, 0, above=True)
        self.method = method
        self.epochs = epochs
        self.run_dir = None if run_dir is None else Path(run_dir)
        self.seed = seed
        self.clip_gradients = clip_gradients
        self.progress = progress
        if logger is not None:
            check_choice("logger", logger, ("tensorboard",))
        self.logger = logger
        self.chunk_size = chunk_size
        objective = Objective(method, chunk_size)
        self.fabric = create_fabric(device, precision, devices, find_unused=method.may_skip_parameters)
        # One kernel for all parameters; under float16 it could not be combined with clipping.
        fused = clip_gradients is None
        create = optimizer or (lambda parameters: AdamW(parameters, weight_decay=weight_decay, fused=fused))
        trainable = [p for p in method.parameters() if p.requires_grad]
        if not trainable:
            raise ValueError("the method has no parameters to train; leave requires_grad of some of them on")
        created = create(trainable)
        self._optimizer_name = f"{type(created).__module__}.{type(created).__qualname__}"
        self._optimizer_options = [
            {name: value for name, value in group.items() if name not in _NO_OPTIONS} for group in created.param_groups
        ]
        rates = [float(group["lr"]) for group in created.param_groups]
        self._rate_ratios = [rate / max(rates) if max(rates) > 0 else 1.0 for rate in rates]
        self._module, self._optimizer = self.fabric.setup(objective, created)

    def fit(self, loader: Iterable[PairBatch], *, resume: bool = False) -> History:
        """Train for `epochs` epochs.

        Args:
            loader: Iterable of `PairBatch`, such as `sampler.loader(...)`; its epoch is set where it has one.
            resume: Continue from the newest checkpoint in `run_dir`, if there is one: on the CPU the weights become, to
                the bit, those of a run that was never interrupted. Another method, encoder, sampler or optimizer is an
                error. Other settings (epochs, learning rate, weight decay, batch size, temperature and so on) hold from
                here on, and a warning names them.

        Returns:
            The record of each epoch, those before a resume included.

        Raises:
            FileExistsError: `run_dir` holds a checkpoint, and `resume` is False.
            TypeError: The loader gives something else than `PairBatch`.
            ValueError: The loader has no batches, a loss is not finite (the message has epoch and step), or the
                checkpoint is damaged or of another method, encoder or sampler.
        """
        steps = number_of_batches(loader)
        history = self._begin(loader, resume)
        # Lets `embed` prepare items as this training did; a plain attribute, for which torch's __setattr__ has no type.
        for number, tower in enumerate(_towers(self.method)):
            vars(tower).setdefault("tower", number)
            vars(tower)["sampler_spec"] = get_sampler_spec(loader)
        check_same(self.fabric, "batches an epoch", steps)
        check_same(self.fabric, "finished epochs", len(history))
        writes = self.fabric.is_global_zero
        logs = Logs(self.run_dir if writes else None, sum(record.steps for record in history), self.logger)
        try:
            on_cpu = self.fabric.device.type == "cpu"
            show_bar = self.progress if writes else False
            with retain_freed_memory(on_cpu), ProgressBar(show_bar, self.epochs, steps, len(history)) as bar:
                for epoch in range(len(history), self.epochs):
                    with keyed_rng(self.seed, epoch, self.fabric.global_rank):
                        record = self._run_epoch(loader, epoch, steps, logs, bar)
                    history.epochs.append(record)
                    steps = record.steps
                    broadcast_buffers(self.fabric, self.method)
                    logs.epoch(record, history)
                    bar.epoch(record)
                    self._save(loader, history)
        finally:
            logs.close()
        return history

    def _begin(self, loader: Iterable[PairBatch], resume: bool) -> History:
        """Load the checkpoint of a resumed run; check that a new one overwrites nothing."""
        if self.run_dir is None:
            if resume:
                raise ValueError("resume=True needs the run_dir that holds the checkpoint: Trainer(..., run_dir=...)")
            return History()
        self.run_dir.mkdir(parents=True, exist_ok=True)
        newest = checkpoint.find_latest(self.run_dir)
        if newest is None:
            return History()
        if not resume:
            raise FileExistsError(
                f"{newest} is the checkpoint of an earlier run: call fit(loader, resume=True) to continue it, choose "
                "another run_dir, or remove this one"
            )
        saved = checkpoint.load(self.run_dir)
        self._check_config(saved, loader)
        state = saved.optimizer_state()
        optimizer = self._with_current_options(state["optimizer"], saved)
        try:
            self.method.load_state_dict(saved.weights)
            self._optimizer.load_state_dict(optimizer)
            self._precision.load_state_dict(state["precision"])
        except (RuntimeError, KeyError) as error:
            raise ValueError(
                f"cannot resume from {saved.path}: {error}; make the method as it was, or train into another run_dir"
            ) from error
        return History.from_list(saved.config["history"])

    def _check_config(self, saved: checkpoint.Checkpoint, loader: Iterable[PairBatch]) -> None:
        current = self._config(loader, History())
        for part in ("method", "encoder", "second_encoder", "sampler", "optimizer"):
            if saved.config.get(part) != current.get(part):
                raise ValueError(
                    f"cannot resume from {saved.path}: its {part} is {saved.config.get(part)}, this run's is "
                    f"{current.get(part)}; make both alike, or train into another run_dir"
                )

        changes = compare_settings(saved.config, current)
        if changes:
            warnings.warn(
                f"resuming {saved.path} with other settings, which hold from here on: {'; '.join(changes)}",
                stacklevel=4,
            )

    def _with_current_options(self, state: dict[str, Any], saved: checkpoint.Checkpoint) -> dict[str, Any]:
        """Return the saved state of the optimizer with the options of the current one, such as the weight decay."""
        before, current = state["param_groups"], self._optimizer.state_dict()["param_groups"]
        sizes = [[len(group["params"]) for group in groups] for groups in (before, current)]
        if sizes[0] != sizes[1]:
            raise ValueError(
                f"cannot resume from {saved.path}: its optimizer has groups of {sizes[0]} parameters, this run's of "
                f"{sizes[1]}; freeze and group the parameters as they were, or train into another run_dir"
            )
        return {**state, "param_groups": [{**g, "params": b["params"]} for b, g in zip(before, current, strict=True)]}

    @property
    def _precision(self) -> Precision:
        return self.fabric.strategy.precision

    def _run_epoch(
        self, loader: Iterable[PairBatch], epoch: int, steps: int | None, logs: Logs, bar: ProgressBar
    ) -> EpochRecord:
        set_epoch(loader, epoch)
        self._module.train()
        start = time.perf_counter()
        step = pairs = 0
        total = learning_rate = 0.0
        for batch in _non_empty(loader, skip=self.fabric.world_size == 1):
            learning_rate = self._set_learning_rate(epoch, step, steps)
            loss = self._step(batch, f"epoch {epoch}, step {step}")
            step += 1
            pairs += len(batch)
            total += loss * len(batch)
            logs.step(loss, learning_rate)
            bar.step(epoch, loss, pairs * self.fabric.world_size / (time.perf_counter() - start))
        if step == 0:
            raise ValueError(f"the loader gave no batches in epoch {epoch}; check its data set and batch size")
        seconds = time.perf_counter() - start
        total, pairs = reduce_sums(self.fabric, total, pairs)
        figures = self.method.figures()
        return EpochRecord(epoch, total / pairs, learning_rate, step, pairs, seconds, pairs / seconds, figures)

    def _step(self, batch: PairBatch, where: str) -> float:
        """Train on one batch and return its loss."""
        batch = batch.to(self.fabric.device, non_blocking=True)
        try:
            loss = self._module(OpaqueBatch(batch))
            value = reduce_mean(self.fabric, loss)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        except RuntimeError as error:
            if "find_unused_parameters" not in str(error):
                raise
            raise ValueError(
                f"{where}: the previous batch gave some parameters no gradient, for which other processes wait; set "
                f"may_skip_parameters = True in {type(self.method).__name__}, or requires_grad = False on what it "
                "never uses"
            ) from error
        if not math.isfinite(value):
            raise ValueError(
                f"{where}: the loss is {value}; lower the learning rate or warm up for longer, set clip_gradients, or "
                "train with precision='32-true'; the last checkpoint is from before this epoch"
            )
        self._optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        if self.clip_gradients is not None:
            self.fabric.clip_gradients(self._module, self._optimizer, max_norm=self.clip_gradients)
        self._optimizer.step()
        return value

    def _set_learning_rate(self, epoch: int, step: int, steps: int | None) -> float:
        # Without a known length it changes between epochs only.
        learning_rate = self.schedule.at(epoch + step / steps, 1 / steps) if steps else self.schedule.at(epoch, 1)
        for group, ratio in zip(self._optimizer.param_groups, self._rate_ratios, strict=True):
            group["lr"] = learning_rate * ratio
        return learning_rate

    def _save(self, loader: Iterable[PairBatch], history: History) -> None:
        if self.run_dir is not None and self.fabric.is_global_zero:
            config = self._config(loader, history)
            state = {"optimizer": self._optimizer.state_dict(), "precision": self._precision.state_dict()}
            checkpoint.save(self.run_dir, self.method, state, config)
        self.fabric.barrier()

    def _config(self, loader: Iterable[PairBatch], history: History) -> dict[str, Any]:
        method_class = type(self.method)
        second = (
            {"second_encoder": as_json(getattr(self.method.towers[1], "spec", None))}
            if (isinstance(self.method, TwoTowers))
            else {}
        )
        return {
            "pairgen": __version__,
            "epoch": len(history),
            "method": f"{method_class.__module__}.{method_class.__qualname__}",
            "encoder": as_json(getattr(self.method.encoder, "spec", None)),
            **second,
            "sampler": get_sampler_spec(loader),
            "optimizer": self._optimizer_name,
            "options of the optimizer": [as_json(group) for group in self._optimizer_options],
            "options of the method": get_settings(self.method),
            "loader": get_loader_settings(loader),
            "trainer": {
                "epochs": self.epochs,
                "learning_rate": self.schedule.peak,
                "warmup_epochs": self.schedule.warmup_epochs,
                "schedule": self.schedule.shape,
                "seed": self.seed,
                "clip_gradients": self.clip_gradients,
                "chunk_size": self.chunk_size,
                "precision": self._precision.precision,
                "processes": self.fabric.world_size,
            },
            "history": history.to_list(),
        }


def _towers(method: Method) -> list[nn.Module]:
    """The encoder of a method, and behind it that of the second members where they have one of their own."""
    return list(dict.fromkeys(method.towers)) if isinstance(method, TwoTowers) else [method.encoder]


def _non_empty(loader: Iterable[PairBatch], skip: bool) -> Iterator[PairBatch]:
    """The batches that hold pairs; one may be empty where all its items were left out: skip it, or raise."""
    for batch in loader:
        if not isinstance(batch, PairBatch):
            raise TypeError(
                f"the loader gave a {type(batch).__name__}, not a PairBatch: use sampler.loader(dataset, ...), or "
                "sampler.wrap_loader(loader) around a loader of items"
            )
        if len(batch):
            yield batch
        elif not skip:
            raise ValueError(
                "all items of a batch were left out, and the other processes would wait for it: remove the items that "
                'cannot be read (on_error="raise" names them), or train with one process'
            )
