"""USD scenes carry the metadata mark and no label: marked, recognised, and refused where a label is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Sdf

from overt import api
from overt.errors import UnsupportedError, UsageError
from overt.inspection import Inspector
from overt.settings import Setup


def _scene(folder: Path, name: str) -> Path:
    layer = Sdf.Layer.CreateAnonymous(".usda")
    Sdf.PrimSpec(layer, "World", Sdf.SpecifierDef, "Xform")
    layer.defaultPrim = "World"
    text, binary = folder / "layer.usda", folder / "layer.usdc"
    layer.Export(str(text))
    layer.Export(str(binary))
    if name.endswith("usdz"):
        with Sdf.ZipFileWriter.CreateNew(str(folder / name)) as writer:
            writer.AddFile(str(binary), "layer.usdc")
    else:
        (folder / name).write_bytes((binary if "binary" in name or name.endswith("c") else text).read_bytes())
    return folder / name


NAMES = ("a.usda", "a.usdc", "a.usdz", "text.usd", "binary.usd")


@pytest.mark.parametrize("name", NAMES)
def test_the_metadata_mark_goes_the_whole_way(name: str, house: Setup, stranger: Inspector, tmp_path: Path):
    source = _scene(tmp_path, name)
    target = tmp_path / "out" / f"marked{source.suffix}"
    released = api.mark(source, target, technique="three_d_reconstruction", only=["metadata"], setup=house)
    answer = stranger.inspect(target)

    assert answer.verdict.kind == "confirmed"
    assert answer.aigc["ProduceID"] == released.content_id
    assert answer.examination.name_fits
    states = {reading.mark: reading.state for reading in answer.examination.readings}
    assert states["metadata"] == "found"
    assert states["label"] == "unreadable"
    shown = Sdf.Layer.FindOrOpen(str(target)).customLayerData["AIGC"]
    assert released.content_id in shown


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_label_is_refused_with_the_way_out(name: str, house: Setup, tmp_path: Path):
    with pytest.raises(UnsupportedError, match="USD") as caught:
        api.mark(_scene(tmp_path, name), tmp_path / "out" / name, technique="other", setup=house)
    assert "--only metadata" in caught.value.diagnostics().en
    assert not (tmp_path / "out" / name).exists()


def test_text_does_not_become_binary_by_its_name(house: Setup, tmp_path: Path):
    with pytest.raises(UsageError, match="stays so"):
        api.mark(_scene(tmp_path, "a.usda"), tmp_path / "a.usdc", technique="other", only=["metadata"], setup=house)
