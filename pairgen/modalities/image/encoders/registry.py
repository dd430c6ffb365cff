"""The names of image encoders: a few of the library's own, and two families looked up by prefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

from pairgen.modalities.image.encoders.base import ImageEncoder
from pairgen.registry import Registry, UnknownNameError

__all__ = ["ENCODERS", "EncoderRegistry"]

Factory = Callable[..., ImageEncoder]


class EncoderRegistry(Registry[Factory]):
    """A registry in which "family/NAME" asks a library for its model NAME.

    families: family -> "module:function"; the function takes the model's name and keyword options.
    """

    def __init__(self, kind: str, families: Mapping[str, str]) -> None:
        super().__init__(kind)
        self._families = dict(families)

    def get(self, name: str) -> Factory:
        """The factory of that name; UnknownNameError if there is none."""
        family, slash, model = str(name).partition("/")
        if slash and family in self._families and not super().__contains__(name):
            module, function = self._families[family].split(":")
            return partial(getattr(import_module(module), function), model)
        try:
            return super().get(name)
        except UnknownNameError as error:
            families = " and ".join(f'"{known}/NAME"' for known in self._families)
            raise UnknownNameError(f"{error} Models of other libraries are called {families}.") from None


_HERE = "pairgen.modalities.image.encoders"

ENCODERS = EncoderRegistry(
    "image encoder",
    {"torchvision": f"{_HERE}.torchvision_models:torchvision_encoder", "timm": f"{_HERE}.timm_models:timm_encoder"},
)
ENCODERS.register_lazy("small-cnn", f"{_HERE}.small_cnn:small_cnn")
ENCODERS.register_lazy("resnet18", f"{_HERE}.resnet:resnet18")
ENCODERS.register_lazy("resnet34", f"{_HERE}.resnet:resnet34")
ENCODERS.register_lazy("resnet50", f"{_HERE}.resnet:resnet50")
