"""Checkpoints: weights as safetensors, settings as JSON, written whole or not at all.

run_dir/checkpoints/epoch-0005/
    method.safetensors   every parameter and buffer of the method; the encoder's begin with "encoder.", those of
                         a second tower with "second_encoder."
    config.json          what was trained: method, encoder, sampler, epochs done, history
    optimizer.pt         the state of the optimizer and of the gradients' scale, tensors and numbers only
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pairgen._io import replace_atomically, write_text
from pairgen._validation import check_int

__all__ = ["Checkpoint", "find_latest", "load", "load_encoder", "save"]

_NAME = re.compile(r"epoch-(\d+)")
_CONTEXT = ("context_dim", "layers")
_INITIAL_WEIGHTS = frozenset({"weights", "pretrained"})


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was read back.

    Args:
        path: Folder of the checkpoint.
        config: Content of config.json.
        weights: Parameters and buffers of the method, on the CPU.
    """

    path: Path
    config: dict[str, Any]
    weights: dict[str, Tensor]

    def optimizer_state(self) -> dict[str, Any]:
        """Return the state dicts of "optimizer" and "precision"; ValueError if they are missing or damaged."""
        path = self.path / "optimizer.pt"
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            if not {"optimizer", "precision"} <= state.keys():
                raise ValueError("it lacks the optimizer or the precision")
        except Exception as error:
            raise _damaged_error(path, error) from error
        return state


def save(run_dir: Path, method: nn.Module, optimizer_state: dict[str, Any], config: dict[str, Any]) -> Path:
    """Write a checkpoint and remove the ones before it.

    The folder is written under another name and renamed when it is complete: a run that is killed at any moment leaves
    a whole checkpoint.

    Args:
        run_dir: Folder of the run.
        method: Module whose parameters and buffers are saved.
        optimizer_state: State dicts of the optimizer and of the precision (the gradients' scale).
        config: Settings and history, for JSON; `config["epoch"]` is the number of finished epochs.

    Returns:
        The folder of the checkpoint.
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
    with replace_atomically(partial / "method.safetensors") as path:
        save_file(weights, path)
    with replace_atomically(partial / "optimizer.pt") as path:
        torch.save(optimizer_state, path)
    write_text(partial / "config.json", json.dumps(config, indent=2, default=str) + "\n")
    os.replace(partial, final)
    for old in _list_checkpoints(run_dir)[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def find_latest(run_dir: str | os.PathLike[str]) -> Path | None:
    """Return the folder of the newest checkpoint of a run, or None."""
    folders = _list_checkpoints(Path(run_dir))
    return folders[-1] if folders else None


def load(run_dir: str | os.PathLike[str]) -> Checkpoint:
    """Read the newest checkpoint of a run.

    Raises:
        FileNotFoundError: The run has no checkpoint.
        ValueError: The checkpoint is damaged.
    """
    from safetensors.torch import load_file

    path = find_latest(run_dir)
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
        raise _damaged_error(path / "config.json", error) from error
    try:
        weights = load_file(path / "method.safetensors")
    except Exception as error:
        raise _damaged_error(path / "method.safetensors", error) from error
    return Checkpoint(path, config, weights)


def load_encoder(run_dir: str | os.PathLike[str], encoder: nn.Module | None = None, *, tower: int = 0) -> nn.Module:
    """Load the trained encoder of a run, in evaluation mode, on the CPU.

    Args:
        run_dir: `run_dir` of the Trainer.
        encoder: Module of the trained one's architecture, for encoders that pairgen did not build; its weights are
            replaced. None rebuilds the encoder from the checkpoint, with those options in its config.json that only say
            how it is built; nothing in the folder is unpickled, and nothing is fetched.
        tower: Of a method with two towers, such as CLIP: 0 for the encoder of first members, 1 for that of second ones,
            projections included. Where one encoder serves both, that one. A tower's `encoder` is what is before the
            projection.

    Returns:
        The encoder. Its `spec` is what rebuilds it, or None; its `sampler_spec` how its training pairs were made, or
        None, from which `pairgen.evaluation.embed` prepares items as in training; its `tower` is the number of the
        member of the pairs that it encodes.

    Raises:
        FileNotFoundError: The run has no checkpoint.
        ValueError: The checkpoint is damaged, does not fit, or, where `encoder` is None, holds an encoder that pairgen
            did not build or options that are not taken from a file; or the method has one tower only.
    """
    check_int("tower", tower, 0, 1)
    checkpoint = load(run_dir)
    part = _find_tower(checkpoint, tower)
    spec = checkpoint.config[part]
    module = _rebuild(spec, checkpoint.path) if encoder is None else encoder
    prefix = f"{part}."
    weights = {
        name.removeprefix(prefix): weight for name, weight in checkpoint.weights.items() if name.startswith(prefix)
    }
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError(
            f"the encoder of {checkpoint.path} does not fit {type(module).__name__}: {error}; "
            "give load_encoder(run_dir, encoder=...) a module of the architecture that was trained"
        ) from error
    # Plain attributes, not parameters or submodules: torch's own __setattr__ is typed for those alone.
    vars(module).update(spec=spec, sampler_spec=checkpoint.config["sampler"], tower=tower)
    return module.eval()


def _find_tower(checkpoint: Checkpoint, tower: int) -> str:
    """The name under which a checkpoint holds a tower: that of an encoder of both members for either."""
    if tower == 0:
        return "encoder"
    if "second_encoder" not in checkpoint.config:
        raise ValueError(
            f"tower=1 is the encoder of second members, and the method of {checkpoint.path}, "
            f"{checkpoint.config['method']}, has one encoder: leave tower out"
        )
    is_shared = not any(name.startswith("second_encoder.") for name in checkpoint.weights)
    return "encoder" if is_shared else "second_encoder"


def _rebuild(spec: dict[str, Any] | None, path: Path) -> nn.Module:
    if spec is None:
        raise ValueError(
            f"the encoder of {path} was not made by pairgen.create_encoder, so it cannot be rebuilt: give "
            "load_encoder(run_dir, encoder=...) a module of the same architecture"
        )
    from pairgen.methods import ContextEncoder, Tower
    from pairgen.modality import create_encoder, get_modality

    try:
        modality, name, options = str(spec["modality"]), str(spec["name"]), dict(spec["options"])
        context = None if "context" not in spec else {key: int(spec["context"][key]) for key in _CONTEXT}
        width = int(spec["projection"]["projection_dim"]) if "projection" in spec else None
    except (TypeError, KeyError, ValueError) as error:
        raise _damaged_error(path / "config.json", error) from error
    options = _safe_options(get_modality(modality).encoders.get(name), options, path)
    with torch.random.fork_rng(devices=()):
        module = create_encoder(modality, name, **options)
        module = module if context is None else ContextEncoder(module, **context)
        return module if width is None else Tower(module, width)


def _safe_options(factory: Callable[..., nn.Module], options: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the options that only say how the encoder is built: a run's folder may come from a stranger.

    Those are the named parameters of its factory and, of a family that passes others on, its `safe_options`.
    """
    parameters = inspect.signature(factory).parameters
    named = {name for name, parameter in parameters.items() if parameter.kind is parameter.KEYWORD_ONLY}
    named |= {name for name, parameter in parameters.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD}
    function = factory.func if isinstance(factory, partial) else factory
    allowed = named | getattr(function, "safe_options", frozenset())
    refused = sorted(name for name, value in options.items() if name not in allowed or not _is_plain(value))
    if refused:
        raise ValueError(
            f"the config.json of {path} gives the encoder the options {', '.join(map(repr, refused))}, which are not "
            f"taken from a file; those taken are {', '.join(sorted(allowed - _INITIAL_WEIGHTS))}. If you trust the "
            "run, make the encoder yourself: load_encoder(run_dir, encoder=pairgen.create_encoder(...))"
        )
    # Initial weights are replaced by the checkpoint's: no file of them is read, nor looked for.
    kept = {name: value for name, value in options.items() if name not in _INITIAL_WEIGHTS}
    return {**kept, "pretrained": False} if "pretrained" in named else kept


def _is_plain(value: object) -> bool:
    """Whether a value is a number, a text, None, or a list of those."""
    if isinstance(value, list):
        return all(not isinstance(each, dict) and _is_plain(each) for each in value)
    return value is None or isinstance(value, (bool, int, float, str))


def _list_checkpoints(run_dir: Path) -> list[Path]:
    """Folders of complete checkpoints, oldest first."""
    root = run_dir / "checkpoints"
    folders = [path for path in root.iterdir() if _NAME.fullmatch(path.name)] if root.is_dir() else []
    return sorted(folders, key=lambda path: int(path.name.removeprefix("epoch-")))


def _damaged_error(path: Path, error: Exception) -> ValueError:
    return ValueError(
        f"the checkpoint file {path} is missing or damaged ({type(error).__name__}: {error}); "
        "restore it from a copy, or remove its folder and train again"
    )
