"""Other watermarks that run without fetching a model; README.md beside this file says what to install.

None of them has a presence decision: they give some id for every picture. Those of invisible-watermark have no key
either. Their packages are imported only when a method is made.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


class BlindWatermark:
    """blind-watermark 0.4.4: wavelet, DCT and singular values of blocks, the strengths that it comes with.

    Its reader has to be told how many bits there are, and gets the size of the picture from the picture.
    """

    name, kind, bits = "blind-watermark", "image", 64

    def embed(self, picture, bits, key):
        mark = self._mark(key)
        mark.read_img(img=_reversed(picture))
        mark.read_wm([bool(bit) for bit in bits], mode="bit")
        return _reversed(np.clip(np.rint(mark.embed()), 0, 255).astype(np.uint8))

    def decode(self, picture, key):
        try:
            soft = self._mark(key).extract(embed_img=_reversed(picture), wm_shape=self.bits, mode="bit")
        except AssertionError:  # Fewer blocks than bits.
            return None, 0.0
        return (np.asarray(soft) >= 0.5).astype(int), float(np.mean(np.abs(np.asarray(soft, float) - 0.5))) * 2

    @staticmethod
    def _mark(key):
        import blind_watermark  # noqa: PLC0415  # a peer, not in the project's environment

        blind_watermark.bw_notes.close()
        return blind_watermark.WaterMark(password_img=key, password_wm=key)


class DwtDctSvd:
    """invisible-watermark 0.2.0, `dwtDctSvd`: no key."""

    name, kind, bits = "dwtDctSvd", "image", 64
    least = 256 * 256  # Pixels: the package refuses less.

    def embed(self, picture, bits, _key):
        marker = _singular_values()(watermarks=[int(bit) for bit in bits], wmLen=self.bits)
        return _reversed(marker.encode(_reversed(picture)))

    def decode(self, picture, _key):
        if picture.shape[0] * picture.shape[1] < self.least:
            return None, 0.0
        return _singular_values()(watermarks=[], wmLen=self.bits).decode(_reversed(picture)).astype(int), 0.0


class RivaGan:
    """invisible-watermark 0.2.0, `rivaGan`: 32 bits, two networks that come in its wheel; no key.

    Its own wrapper needs PyTorch, only to turn axes. So the networks are called here as it calls them: BGR between -1
    and 1 as a film of one frame, values cut off rather than rounded, bits from 0.52 up.
    """

    name, kind, bits = "rivaGan", "image", 32
    least = 256 * 256

    def embed(self, picture, bits, _key):
        (marked,) = _network("rivagan_encoder").run(
            None, {"frame": self._frame(picture), "data": np.array([bits], np.float32)}
        )
        values = (np.clip(marked[0, :, 0], -1, 1).transpose(1, 2, 0) + 1) * 127.5
        return _reversed(values.astype(np.uint8))

    def decode(self, picture, _key):
        if picture.shape[0] * picture.shape[1] < self.least:
            return None, 0.0
        soft = _network("rivagan_decoder").run(None, {"frame": self._frame(picture)})[0][0]
        return (soft > 0.52).astype(int), float(np.mean(np.abs(soft - 0.5))) * 2

    @staticmethod
    def _frame(picture):
        return (_reversed(picture).astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None, :, None]


def _reversed(picture: Picture) -> Picture:
    """RGB to BGR, and back."""
    return np.ascontiguousarray(picture[..., ::-1])


def _folder(package: str) -> Path:
    """Where a package lies, without importing it."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed: see bench/watermark/README.md")
    return Path(found.origin).parent


@cache
def _singular_values():
    """The class behind `dwtDctSvd`: its module alone, as the package itself would import PyTorch."""
    found = spec_from_file_location("dwt_dct_svd", _folder("imwatermark") / "dwtDctSvd.py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.EmbedDwtDctSvd


@cache
def _network(name: str):
    """One of the two networks in invisible-watermark's wheel, on one thread."""
    import onnxruntime  # noqa: PLC0415  # wanted by this peer only

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(_folder("imwatermark") / f"{name}.onnx", options)
