"""Public-domain pictures that ordinary Python packages ship, read without importing those packages.

- Eileen Collins, NASA, 1999: `skimage/data/astronaut.png`.
- Grace Hopper, U.S. Navy, 1984: `matplotlib/mpl-data/sample_data/grace_hopper.jpg`.
- A Falcon 9 launch, SpaceX, 2015, CC0: `skimage/data/rocket.jpg`.
- Chelsea the cat, Stefan van der Walt, CC0: `skimage/data/chelsea.png`.

Importing scikit-image and Matplotlib takes seconds; finding their folders does not.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from overt.demo import INSTALL_HINT
from overt.errors import SetupError

COLLINS = ("skimage", "data/astronaut.png")
HOPPER = ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")
ROCKET = ("skimage", "data/rocket.jpg")
CHELSEA = ("skimage", "data/chelsea.png")


def packaged(picture: tuple[str, str]) -> Path:
    """Where a package keeps a picture. Raises `SetupError` if the package or the file is missing."""
    package, name = picture
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise SetupError(
        f"the demonstration needs {name} of the package {package}",
        f"演示需要软件包 {package} 中的 {name}",
        hint=INSTALL_HINT,
    )
