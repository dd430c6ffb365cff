"""Any Hugging Face or sentence-transformers model, from a directory on this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pairgen._validation import check_choice
from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.text.encoders.base import POOLINGS, pool_steps

__all__ = ["HuggingFace"]


class HuggingFace(nn.Module):
    """A pretrained model with its own tokenizer; texts -> (B, hidden size of the model).

    Views are a list of `str`, or ids of the model's own tokenizer as `PaddedBatch`.

    Args:
        path: A directory that `save_pretrained` or sentence-transformers wrote; nothing is downloaded.
        pooling: "mean" or "cls"; None for what a sentence-transformers directory says, else "mean".
        max_length: Tokens a text; None for the tokenizer's own limit, at most 512.
        pretrained: False starts from random weights of that architecture.

    Raises:
        ImportError: transformers is not installed.
        FileNotFoundError: There is no directory at `path`.
        ValueError: The directory holds no model, or the pooling is unknown.
    """

    def __init__(
        self, *, path: str, pooling: str | None = None, max_length: int | None = None, pretrained: bool = True
    ) -> None:
        super().__init__()
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no model directory at {path}; pass one that save_pretrained wrote")
        if pooling is not None:
            check_choice("pooling", pooling, POOLINGS)
        model_folder, stated_pooling = _read_sentence_transformers(folder)
        self.pooling = pooling or stated_pooling or "mean"
        model, self.tokens = _load(model_folder, pretrained)
        self.model: nn.Module = model
        limit = int(min(getattr(self.tokens, "model_max_length", 512), 512))
        self.max_length = limit if max_length is None else max_length
        self.out_features = int(model.config.hidden_size)

    def steps(self, views: Sequence[str] | PaddedBatch) -> SequenceFeatures:
        """Return the features of each token of the views, (B, L, out_features), with lengths (B,)."""
        ids = self._token_ids(views)
        features = self.model(input_ids=ids.values, attention_mask=ids.mask().long()).last_hidden_state
        return SequenceFeatures(features, ids.lengths)

    def forward(self, views: Sequence[str] | PaddedBatch) -> Tensor:
        """Return (B, out_features): the mean over the tokens of each view, or the first one."""
        return pool_steps(self.steps(views), self.pooling)

    def _token_ids(self, views: Sequence[str] | PaddedBatch) -> PaddedBatch:
        device = next(self.parameters()).device
        if isinstance(views, PaddedBatch):
            return views.to(device)
        encoded = self.tokens(
            list(views), padding=True, truncation=True, max_length=self.max_length, padding_side="right",
            return_tensors="pt",
        )  # fmt: skip
        lengths: Tensor = encoded["attention_mask"].sum(1)
        return PaddedBatch(encoded["input_ids"], lengths.to(torch.int64)).to(device)


def _load(folder: Path, pretrained: bool) -> tuple[Any, Any]:
    try:
        library: Any = import_module("transformers")
    except ImportError as error:
        raise ImportError(
            'the encoder "huggingface" needs transformers; install it: pip install "pairgen[text-models]"'
        ) from error
    try:
        tokens = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if pretrained:
            return library.AutoModel.from_pretrained(folder, local_files_only=True), tokens
        return library.AutoModel.from_config(library.AutoConfig.from_pretrained(folder, local_files_only=True)), tokens
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"{folder} holds no model that transformers can load ({error}); it needs config.json, the weights and the "
            "tokenizer's files"
        ) from error


def _read_sentence_transformers(folder: Path) -> tuple[Path, str | None]:
    """(where the model lies, the pooling it was trained with) by `modules.json`; (folder, None) without one."""
    listed = folder / "modules.json"
    if not listed.is_file():
        return folder, None
    modules = json.loads(listed.read_text(encoding="utf-8"))
    model_folder = next((folder / m["path"] for m in modules if m["type"].endswith("Transformer")), folder)
    for module in modules:
        settings = folder / module["path"] / "config.json"
        if module["type"].endswith("Pooling") and settings.is_file():
            settings_values = json.loads(settings.read_text(encoding="utf-8"))
            return model_folder, "cls" if settings_values.get("pooling_mode_cls_token") else "mean"
    return model_folder, None
