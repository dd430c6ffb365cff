"""Any Hugging Face or sentence-transformers model, from a directory on this machine."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pairgen.batch import PaddedBatch, SequenceFeatures
from pairgen.modalities.text.encoders.base import POOLINGS, pooled

__all__ = ["HuggingFace"]


class HuggingFace(nn.Module):
    """A pretrained model with its own tokenizer; texts -> (B, hidden size of the model).

    path: a directory that `save_pretrained` or sentence-transformers wrote; nothing is downloaded. pooling: "mean" or
    "cls"; None is what a sentence-transformers directory says, else "mean". max_length: tokens a text; None is the
    tokenizer's own limit, at most 512. pretrained: False starts from random weights of that architecture.

    Views are a list of `str`, or ids of the model's own tokenizer as `PaddedBatch`. ImportError, with the remedy, without
    transformers; FileNotFoundError; ValueError for a directory that holds no model.
    """

    def __init__(
        self, *, path: str, pooling: str | None = None, max_length: int | None = None, pretrained: bool = True
    ) -> None:
        super().__init__()
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no model directory at {path}; give one that save_pretrained wrote")
        if pooling not in (None, *POOLINGS):
            raise ValueError(f"pooling is one of {', '.join(POOLINGS)}, or None, got {pooling!r}")
        home, stated = _sentence_transformers(folder)
        self.pooling = pooling or stated or "mean"
        model, self.tokens = _load(home, pretrained)
        self.model: nn.Module = model
        limit = int(min(getattr(self.tokens, "model_max_length", 512), 512))
        self.max_length = limit if max_length is None else max_length
        self.out_features = int(model.config.hidden_size)

    def steps(self, views: Any) -> SequenceFeatures:
        """Views -> the features of each token, (B, L, out_features), with lengths (B,)."""
        ids = self._ids(views)
        features = self.model(input_ids=ids.values, attention_mask=ids.mask().long()).last_hidden_state
        return SequenceFeatures(features, ids.lengths)

    def forward(self, views: Any) -> Tensor:
        """Views -> (B, out_features)."""
        return pooled(self.steps(views), self.pooling)

    def _ids(self, views: Any) -> PaddedBatch:
        device = next(self.parameters()).device
        if isinstance(views, PaddedBatch):
            return views.to(device)
        made = self.tokens(
            list(views), padding=True, truncation=True, max_length=self.max_length, padding_side="right",
            return_tensors="pt",
        )  # fmt: skip
        lengths: Tensor = made["attention_mask"].sum(1)
        return PaddedBatch(made["input_ids"], lengths.to(torch.int64)).to(device)


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


def _sentence_transformers(folder: Path) -> tuple[Path, str | None]:
    """(where the model lies, the pooling it was trained with) by `modules.json`; (folder, None) without one."""
    listed = folder / "modules.json"
    if not listed.is_file():
        return folder, None
    modules = json.loads(listed.read_text(encoding="utf-8"))
    home = next((folder / m["path"] for m in modules if m["type"].endswith("Transformer")), folder)
    for module in modules:
        settings = folder / module["path"] / "config.json"
        if module["type"].endswith("Pooling") and settings.is_file():
            says = json.loads(settings.read_text(encoding="utf-8"))
            return home, "cls" if says.get("pooling_mode_cls_token") else "mean"
    return home, None
