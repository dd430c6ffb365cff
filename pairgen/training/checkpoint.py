"""Checkpoints: weights as safetensors, settings as JSON, written whole or not at all.

run_dir/checkpoints/epoch-0005/
    method.safetensors   every parameter and buffer of the method; the encoder's begin with "encoder."
    config.json          what was trained: method, encoder, sampler, epochs done, history
    optimizer.pt         the optimiser's state, tensors and numbers only
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Checkpoint", "latest", "load", "load_encoder", "save", "write_text"]

_NAME = re.compile(r"epoch-(\d+)")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint read back. path: its folder. config: config.json. weights: of the method, on the CPU."""

    path: Path
    config: dict[str, Any]
    weights: dict[str, Tensor]

    def optimizer_state(self) -> dict[str, Any]:
        """Return the optimiser's state dict. ValueError if it is missing or damaged."""
        path = self.path / "optimizer.pt"
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise _damaged(path, error) from error
        return state


def save(run_dir: Path, method: nn.Module, optimizer_state: dict[str, Any], config: dict[str, Any]) -> Path:
    """Write the checkpoint of `config["epoch"]` epochs and remove the ones before it. Return its folder.

    It is written under another name and renamed when it is complete: a run that is killed at any moment leaves a
    whole checkpoint.
    """
    from safetensors.torch import save_file

    root = run_dir / "checkpoints"
    final = root / f"epoch-{config['epoch']:04d}"
    partial = root / f".{final.name}.partial"
    for leftover in (partial, final):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    # A copy each: safetensors takes neither shared nor strided memory, such as weights in channels_last.
    weights = {name: value.detach().cpu().contiguous().clone() for name, value in method.state_dict().items()}
    save_file(weights, partial / "method.safetensors")
    torch.save(optimizer_state, partial / "optimizer.pt")
    (partial / "config.json").write_text(json.dumps(config, indent=2, default=str) + "\n", encoding="utf-8")
    os.replace(partial, final)
    for old in _all(run_dir)[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def latest(run_dir: str | os.PathLike[str]) -> Path | None:
    """Return the folder of the newest checkpoint of a run, or None."""
    found = _all(Path(run_dir))
    return found[-1] if found else None


def load(run_dir: str | os.PathLike[str]) -> Checkpoint:
    """Read the newest checkpoint of a run.

    Raises FileNotFoundError if there is none, ValueError if it is damaged.
    """
    from safetensors.torch import load_file

    path = latest(run_dir)
    if path is None:
        raise FileNotFoundError(
            f"no checkpoint in {os.fspath(run_dir)!r}: give the run_dir of a Trainer that finished an epoch"
        )
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        missing = {"epoch", "method", "encoder", "sampler", "history"} - set(config)
        if missing:
            raise ValueError(f"it lacks {sorted(missing)}")
    except Exception as error:
        raise _damaged(path / "config.json", error) from error
    try:
        weights = load_file(path / "method.safetensors")
    except Exception as error:
        raise _damaged(path / "method.safetensors", error) from error
    return Checkpoint(path, config, weights)


def load_encoder(run_dir: str | os.PathLike[str], encoder: nn.Module | None = None) -> nn.Module:
    """Return the trained encoder of a run, in evaluation mode, on the CPU.

    run_dir: of the Trainer. encoder: a module of the trained one's architecture, for encoders that pairgen did not
    build; it is filled and returned.

    The result has `spec` (what rebuilds it, or None) and `sampler_spec` (how its training pairs were made, or None),
    from which `pairgen.evaluation.embed` prepares items as in training.

    Raises FileNotFoundError without a checkpoint; ValueError for a damaged one, for one whose encoder pairgen did not
    build if `encoder` is missing, and for one that does not fit.
    """
    checkpoint = load(run_dir)
    spec = checkpoint.config["encoder"]
    module = _rebuilt(spec, checkpoint.path) if encoder is None else encoder
    prefix = "encoder."
    weights = {n.removeprefix(prefix): w for n, w in checkpoint.weights.items() if n.startswith(prefix)}
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"the encoder of {checkpoint.path} does not fit {type(module).__name__}: {error}; "
            "give load_encoder(run_dir, encoder=...) a module of the architecture that was trained"
        ) from error
    # Plain attributes, not parameters or submodules: torch's own __setattr__ is typed for those alone.
    vars(module).update(spec=spec, sampler_spec=checkpoint.config["sampler"])
    return module.eval()


def _rebuilt(spec: dict[str, Any] | None, path: Path) -> nn.Module:
    if spec is None:
        raise ValueError(
            f"the encoder of {path} was not made by pairgen.create_encoder, so it cannot be rebuilt: give "
            "load_encoder(run_dir, encoder=...) a module of the same architecture"
        )
    from pairgen.methods import ContextEncoder
    from pairgen.modality import create_encoder

    # Initial weights are superseded by the checkpoint's; their file may be gone by now.
    options = {name: value for name, value in spec["options"].items() if name != "weights"}
    with torch.random.fork_rng(devices=()):
        module = create_encoder(spec["modality"], spec["name"], **options)
        return ContextEncoder(module, **spec["context"]) if "context" in spec else module


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _all(run_dir: Path) -> list[Path]:
    """Folders of complete checkpoints, oldest first."""
    root = run_dir / "checkpoints"
    found = [p for p in root.iterdir() if _NAME.fullmatch(p.name)] if root.is_dir() else []
    return sorted(found, key=lambda p: int(p.name.removeprefix("epoch-")))


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(
        f"the checkpoint file {path} is missing or damaged ({type(error).__name__}: {error}); "
        "restore it from a copy, or remove its folder and train again"
    )
