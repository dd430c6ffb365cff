"""The package: a light import, public names that resolve, floors that hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pairgen
from pairgen.modality import Modality

HEAVY = ("torchvision", "cv2", "PIL", "sklearn", "matplotlib", "lightning_fabric", "librosa", "nltk", "torch_geometric")
FLOORS = {
    "version": 0,
    "philox": 1,
    "compiled": 1,
    "splitmix": 1,
    "splitmix_compiled": 1,
    "fields": 1,
    "registry": 1,
    "randomness": 1,
    "batches": 2,
    "params": 2,
    "sequences": 2,
    "check_spec": 2,
    "augmentation": 2,
    "losses": 2,
    "plugin": 3,
    "pairs": 3,
    "modalities": 4,
    "testing": 4,
    "methods": 5,
    "training": 6,
    "evaluation": 6,
    "preview": 6,
    "search": 6,
    "cli": 7,
}


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


def test_samplers_and_the_list_of_modalities_load_torch_but_none_of_the_modalities_libraries() -> None:
    loaded = loaded_after("import pairgen; pairgen.PairSampler; pairgen.list_modalities()")
    assert "torch" in loaded
    assert not loaded & set(HEAVY)


def test_every_public_name_resolves() -> None:
    for name in pairgen.__all__:
        assert getattr(pairgen, name) is not None
    assert set(pairgen.__all__) <= set(dir(pairgen))


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'PairSampeler'"):
        pairgen.PairSampeler  # noqa: B018


def test_modalities_is_a_function_and_a_package() -> None:
    from pairgen.modalities import image

    assert image.__name__ == "pairgen.modalities.image"
    assert "image" in pairgen.list_modalities()
    assert pairgen.get_modality("image").name == "image"


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
    """The rooms of pairgen that a file imports, at the top or within functions."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        rooms |= {name.split(".")[1] for name in names if name.startswith("pairgen.")}
    return rooms


def test_each_room_imports_only_from_floors_below_or_its_own() -> None:
    home = Path(pairgen.__file__).parent
    upward = []
    for path in home.rglob("*.py"):
        room = path.relative_to(home).parts[0].removesuffix(".py")
        if room != "__init__":
            upward += [f"{room} -> {other}" for other in imports_of(path) if FLOORS[other] > FLOORS[room]]
    assert not upward


def test_no_modality_imports_another_and_no_other_room_imports_one() -> None:
    home = Path(pairgen.__file__).parent
    for path in home.rglob("*.py"):
        room, name = (path.relative_to(home).parts + ("",))[:2]
        if room in ("modalities", "cli", "preview"):
            others = {"image", "text", "audio", "graph", "timeseries"} - {name}
        else:
            others = {"image", "text", "audio", "graph", "timeseries"}
        imported = {word for word in path.read_text(encoding="utf-8").split() if word.startswith("pairgen.modalities.")}
        assert not {word.split(".")[2] for word in imported} & others, path
