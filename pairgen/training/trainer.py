"""The training loop."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from torch import nn
from torch.optim import AdamW, Optimizer

from pairgen._version import __version__
from pairgen.methods import Method
from pairgen.pairs import PairBatch
from pairgen.training import checkpoint
from pairgen.training.collectives import mean, same_everywhere, share_buffers, summed
from pairgen.training.device import fabric_for, keyed_rng
from pairgen.training.history import EpochRecord, History
from pairgen.training.logs import Logs
from pairgen.training.memory import retain_freed_memory
from pairgen.training.objective import Objective, OpaqueBatch
from pairgen.training.progress import ProgressBar
from pairgen.training.schedule import Schedule
from pairgen.training.source import as_json, number_of_batches, sampler_spec, set_epoch

__all__ = ["Trainer"]


class Trainer:
    """Trains a method on a loader of pairs.

        trainer = Trainer(SimCLR(encoder), epochs=20, run_dir="runs/a")
        history = trainer.fit(loader)

    method: a `Method`; it is trained in place and stays on the device it was trained on.
    epochs: passes over the loader.
    learning_rate, weight_decay: of AdamW. optimizer: parameters -> optimiser, instead of AdamW; its own learning rate
        is overwritten by the schedule's.
    schedule: "cosine" or "constant", after a linear warm-up of `warmup_epochs` (fractions are fine; by default a tenth
        of the epochs, at most 10).
    clip_gradients: scale gradients down to this norm; None leaves them.
    chunk_size: encode so many pairs at a time, for batches beyond memory: the same loss at one more forward pass, for
        methods that compare embeddings and encoders without BatchNorm; see `loss_in_chunks`.
    device: "auto", "cpu", "cuda", "cuda:N", "mps". precision: "auto", "32-true", "bf16-mixed", "16-mixed", ...
    devices: how many on this machine, each with a process and a share of the loader's items of its own; None: as many
        as processes were started (by torchrun, or in the process group that is there), else one. Without torchrun, the
        processes are started by running the script again. All see one `run_dir`; the first process writes it.
    run_dir: where checkpoints (after every epoch), metrics.csv and TensorBoard's logs go; None keeps nothing.
    seed: of layers that draw in training (dropout), with the rank; torch's generators are left as they were.
    progress: show a bar; None: on a terminal only.

    With several processes the loss is that of the global batch, and so are the gradients, if the method gathers (see
    the methods) and the encoder treats each item on its own; BatchNorm sees the process's own share.

    Raises TypeError for a method that is none, or that cannot be trained in chunks, ValueError for settings out of
    range.
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
        progress: bool | None = None,
    ) -> None:
        if not isinstance(method, Method):
            raise TypeError(
                f"method is a {type(method).__name__}: give a pairgen.methods.Method with a loss, e.g. SimCLR(encoder)"
            )
        warmup = min(10.0, epochs / 10) if warmup_epochs is None else warmup_epochs
        self.schedule = Schedule(learning_rate, epochs, warmup, schedule)
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay is at least 0, got {weight_decay!r}")
        if clip_gradients is not None and not clip_gradients > 0:
            raise ValueError(f"clip_gradients is above 0 or None, got {clip_gradients!r}")
        self.method = method
        self.epochs = epochs
        self.run_dir = None if run_dir is None else Path(run_dir)
        self.seed = seed
        self.clip_gradients = clip_gradients
        self.progress = progress
        objective = Objective(method, chunk_size)
        self.fabric = fabric_for(device, precision, devices, find_unused=method.may_skip_parameters)
        # One kernel for all parameters; under float16 it could not be combined with clipping.
        fused = clip_gradients is None
        make = optimizer or (lambda parameters: AdamW(parameters, weight_decay=weight_decay, fused=fused))
        trained = [p for p in method.parameters() if p.requires_grad]
        if not trained:
            raise ValueError("the method has no parameters to train; leave requires_grad of some of them on")
        self._module, self._optimizer = self.fabric.setup(objective, make(trained))

    def fit(self, loader: Iterable[PairBatch], *, resume: bool = False) -> History:
        """Train for `epochs` epochs and return what happened.

        loader: of PairBatches, such as `sampler.loader(...)`; told the epoch where it can be.
        resume: go on from the newest checkpoint in run_dir, if there is one: on the CPU the weights become, to the bit,
            those of a run that was never interrupted.

        Raises ValueError for a loader without batches, for a loss that is not finite, with epoch and step, and for a
        checkpoint that is damaged or of another method, encoder or sampler; FileExistsError if run_dir holds a
        checkpoint and resume is False.
        """
        steps = number_of_batches(loader)
        history = self._begin(loader, resume)
        # Lets `embed` prepare items as this training did; a plain attribute, for which torch's __setattr__ has no type.
        vars(self.method.encoder)["sampler_spec"] = sampler_spec(loader)
        same_everywhere(self.fabric, "batches an epoch", steps)
        same_everywhere(self.fabric, "finished epochs", len(history))
        writes = self.fabric.is_global_zero
        logs = Logs(self.run_dir if writes else None, sum(record.steps for record in history))
        try:
            on_cpu = self.fabric.device.type == "cpu"
            shown = self.progress if writes else False
            with retain_freed_memory(on_cpu), ProgressBar(shown, self.epochs, steps, len(history)) as bar:
                for epoch in range(len(history), self.epochs):
                    with keyed_rng(self.seed, epoch, self.fabric.global_rank):
                        record = self._run_epoch(loader, epoch, steps, logs, bar)
                    history.epochs.append(record)
                    steps = record.steps
                    share_buffers(self.fabric, self.method)
                    logs.epoch(record, history)
                    self._save(loader, history)
        finally:
            logs.close()
        return history

    def _begin(self, loader: Any, resume: bool) -> History:
        """Load what a resumed run goes on from; check that a fresh one overwrites nothing."""
        if self.run_dir is None:
            if resume:
                raise ValueError("resume=True needs the run_dir that holds the checkpoint: Trainer(..., run_dir=...)")
            return History()
        self.run_dir.mkdir(parents=True, exist_ok=True)
        newest = checkpoint.latest(self.run_dir)
        if newest is None:
            return History()
        if not resume:
            raise FileExistsError(
                f"{newest} is the checkpoint of an earlier run: call fit(loader, resume=True) to go on from it, choose "
                "another run_dir, or remove this one"
            )
        saved = checkpoint.load(self.run_dir)
        self._check_same(saved, loader)
        try:
            self.method.load_state_dict(saved.weights)
            self._optimizer.load_state_dict(saved.optimizer_state())
        except RuntimeError as error:
            raise ValueError(
                f"cannot resume from {saved.path}: {error}; make the method as it was, or train into another run_dir"
            ) from error
        return History.from_list(saved.config["history"])

    def _check_same(self, saved: checkpoint.Checkpoint, loader: Any) -> None:
        now = self._config(loader, History())
        for part in ("method", "encoder", "sampler"):
            if saved.config[part] != now[part]:
                raise ValueError(
                    f"cannot resume from {saved.path}: its {part} is {saved.config[part]}, this run's is {now[part]}; "
                    "make both alike, or train into another run_dir"
                )

    def _run_epoch(
        self, loader: Iterable[PairBatch], epoch: int, steps: int | None, logs: Logs, bar: ProgressBar
    ) -> EpochRecord:
        set_epoch(loader, epoch)
        self._module.train()
        started = time.perf_counter()
        step = pairs = 0
        total = rate = 0.0
        for batch in _checked(loader, alone=self.fabric.world_size == 1):
            rate = self._set_rate(epoch, step, steps)
            loss = self._step(batch, f"epoch {epoch}, step {step}")
            step += 1
            pairs += len(batch)
            total += loss * len(batch)
            logs.step(loss, rate)
            bar.step(epoch, loss, pairs * self.fabric.world_size / (time.perf_counter() - started))
        if step == 0:
            raise ValueError(f"the loader gave no batches in epoch {epoch}; check its data set and batch size")
        seconds = time.perf_counter() - started
        total, pairs = summed(self.fabric, total, pairs)
        return EpochRecord(epoch, total / pairs, rate, step, pairs, seconds, pairs / seconds)

    def _step(self, batch: PairBatch, where: str) -> float:
        """Learn from one batch and return its loss."""
        batch = batch.to(self.fabric.device, non_blocking=True)
        try:
            loss = self._module(OpaqueBatch(batch))
            value = mean(self.fabric, loss)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        except RuntimeError as error:
            if "find_unused_parameters" not in str(error):
                raise
            raise ValueError(
                f"{where}: the batch before gave some parameters no gradient, for which the other processes wait; set "
                f"may_skip_parameters = True in {type(self.method).__name__}, or requires_grad = False on what it "
                "never uses"
            ) from error
        if not math.isfinite(value):
            raise ValueError(
                f"{where}: the loss is {value}; lower the learning rate or warm up for longer, set clip_gradients, or "
                "train with precision='32-true'; the last checkpoint is from before"
            )
        self._optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        if self.clip_gradients is not None:
            self.fabric.clip_gradients(self._module, self._optimizer, max_norm=self.clip_gradients)
        self._optimizer.step()
        return value

    def _set_rate(self, epoch: int, step: int, steps: int | None) -> float:
        # Without a known length the rate changes between epochs only.
        rate = self.schedule.at(epoch + step / steps, 1 / steps) if steps else self.schedule.at(epoch, 1)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _save(self, loader: Any, history: History) -> None:
        if self.run_dir is not None and self.fabric.is_global_zero:
            config = self._config(loader, history)
            checkpoint.save(self.run_dir, self.method, self._optimizer.state_dict(), config)
        self.fabric.barrier()

    def _config(self, loader: Any, history: History) -> dict[str, Any]:
        kind = type(self.method)
        return {
            "pairgen": __version__,
            "epoch": len(history),
            "method": f"{kind.__module__}.{kind.__qualname__}",
            "encoder": as_json(getattr(self.method.encoder, "spec", None)),
            "sampler": sampler_spec(loader),
            "trainer": {
                "epochs": self.epochs,
                "learning_rate": self.schedule.peak,
                "warmup_epochs": self.schedule.warmup_epochs,
                "schedule": self.schedule.shape,
                "seed": self.seed,
            },
            "history": history.to_list(),
        }


def _checked(loader: Iterable[PairBatch], alone: bool) -> Iterator[PairBatch]:
    """The batches that hold pairs; one may be empty where all its items were left out."""
    for batch in loader:
        if not isinstance(batch, PairBatch):
            raise TypeError(
                f"the loader gave a {type(batch).__name__}, not a PairBatch: use sampler.loader(dataset, ...), or "
                "sampler.wrap_loader(loader) around a loader of items"
            )
        if len(batch):
            yield batch
        elif not alone:
            raise ValueError(
                "all items of a batch were left out, and the other processes would wait for it: remove the items that "
                'cannot be read (on_error="raise" names them), or train with one process'
            )
