"""The package: a light import, public names that resolve, layers that hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pairgen
from pairgen.modality import Modality

HEAVY = ("torchvision", "cv2", "PIL", "sklearn", "matplotlib", "lightning_fabric", "librosa", "nltk", "torch_geometric")
ROOT = Path(__file__).parent.parent
MODALITIES = ("image", "text", "audio", "graph", "timeseries")


def layers() -> dict[str, int]:
    """The layer of each module or package, read from the table in CONTRIBUTING.md: `| 3 | `modality`, `pairs` |`."""
    table = re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {name: int(layer) for layer, names in table for name in re.findall(r"`([\w.]+)`", names)}


def loaded_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after `code`."""
    program = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_importing_pairgen_loads_no_heavy_library_not_even_torch() -> None:
    loaded = loaded_after("import pairgen")
    assert "pairgen" in loaded
    assert not loaded & {"torch", "numpy", *HEAVY}


def test_samplers_load_torch_but_none_of_the_modalities_libraries() -> None:
    loaded = loaded_after("import pairgen; pairgen.PairSampler")
    assert "torch" in loaded
    assert not loaded & set(HEAVY)


def test_the_names_of_all_modalities_recipes_encoders_and_augmentations_load_neither_torch_nor_numpy() -> None:
    loaded = loaded_after(
        "import pairgen\n"
        "for name in pairgen.list_modalities():\n"
        "    modality = pairgen.get_modality(name)\n"
        "    assert modality.recipes.names() and modality.encoders.names() and len(list(modality.augmentations))"
    )
    assert not loaded & {"torch", "numpy", *HEAVY}


def test_every_public_name_resolves() -> None:
    for name in pairgen.__all__:
        assert getattr(pairgen, name) is not None
    assert set(pairgen.__all__) <= set(dir(pairgen))


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="PairSampeler"):
        pairgen.PairSampeler  # noqa: B018


def test_a_modality_is_registered_once() -> None:
    class Twin(Modality):
        name = "image"
        augmentations = None
        recipes = None
        encoders = None

        def collate(self, views):
            return views

    with pytest.raises(ValueError, match="'image' is registered already"):
        pairgen.register_modality(Twin())
    with pytest.raises(TypeError, match="an instance"):
        pairgen.register_modality(Twin)
    with pytest.raises(ValueError, match="no reader"):
        Twin().read("photos")
    with pytest.raises(ValueError, match="cannot plot"):
        Twin().plot_pairs([])


def imports_of(path: Path) -> set[str]:
    """The modules of pairgen that a file imports, at the top or within functions, whole names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.startswith("pairgen.")}


def layer_of(module: str, table: dict[str, int]) -> int | None:
    """The layer of a module by its longest listed prefix; None for the package itself."""
    parts = module.split(".")[1:]
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in table:
            return table[".".join(parts[:length])]
    return None


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


PACKAGE = sorted((ROOT / "pairgen").rglob("*.py"))


def test_every_module_has_a_layer() -> None:
    table = layers()
    without = [
        str(path) for path in PACKAGE if module_of(path) != "pairgen" and layer_of(module_of(path), table) is None
    ]
    assert not without
    there = {".".join(module_of(path).split(".")[1:]) for path in PACKAGE}
    assert not {name for name in table if name not in there}, "the table in CONTRIBUTING.md lists what does not exist"


def test_each_module_imports_only_from_its_own_layer_or_below() -> None:
    table = layers()
    upward = []
    for path in PACKAGE:
        own = layer_of(module_of(path), table)
        for other in imports_of(path):
            theirs = layer_of(other, table)
            if own is not None and theirs is not None and theirs > own:
                upward.append(f"{module_of(path)} ({own}) imports {other} ({theirs})")
    assert not upward


def test_no_modality_imports_another_and_no_other_module_imports_one() -> None:
    strangers = []
    for path in PACKAGE:
        parts = module_of(path).split(".")
        allowed = {parts[2]} if parts[1:2] == ["modalities"] and len(parts) > 2 else set()
        if parts[1:3] == ["testing", "modalities"] and len(parts) > 3:
            allowed = {parts[3]}  # the strategies of that modality's items
        imported = {name.split(".")[2] for name in imports_of(path) if name.startswith("pairgen.modalities.")}
        strangers += [f"{module_of(path)} imports {name}" for name in imported & set(MODALITIES) - allowed]
    assert not strangers
