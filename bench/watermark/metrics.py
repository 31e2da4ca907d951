"""The quality of marked media against the clean ones."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from shutil import which

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

Picture = NDArray[np.uint8]


def psnr(clean: Picture, marked: Picture) -> float:
    """The peak signal-to-noise ratio in dB."""
    error = float(np.mean((clean.astype(np.float64) - marked) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def ssim(clean: Picture, marked: Picture) -> float:
    """SSIM of luma with an 11 x 11 Gaussian of 1.5 (Wang et al. 2004)."""
    one, other = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float64) for each in (clean, marked))

    def blurred(plane):
        return cv2.GaussianBlur(plane, (11, 11), 1.5)

    mean_one, mean_other = blurred(one), blurred(other)
    spread = blurred(one * one) - mean_one**2 + blurred(other * other) - mean_other**2 + 58.5225
    common = 2 * (blurred(one * other) - mean_one * mean_other) + 58.5225
    light = (2 * mean_one * mean_other + 6.5025) / (mean_one**2 + mean_other**2 + 6.5025)
    return float(np.mean(light * common / spread))


def butteraugli(clean: Path, marked: Path) -> float:
    """Debian's program; lower is better, 1.0 is about where differences begin to be seen."""
    done = subprocess.run(["butteraugli", clean, marked], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0])


def ssimulacra2(clean: Path, marked: Path) -> float:
    """The PyPI package; 90 and more: not to be told apart in direct comparison."""
    return float(compute_ssimulacra2(str(clean), str(marked)))


def of_pictures(clean: Picture, marked: Picture) -> dict[str, float]:
    """All four; butteraugli only where its program is installed."""
    measured = {"psnr": psnr(clean, marked), "ssim": ssim(clean, marked)}
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder, "clean.png"), Path(folder, "marked.png")
        for path, picture in zip(paths, (clean, marked), strict=True):
            Image.fromarray(picture).save(path, compress_level=1)
        if which("butteraugli"):
            measured["butteraugli"] = butteraugli(*paths)
        measured["ssimulacra2"] = ssimulacra2(*paths)
    return measured
