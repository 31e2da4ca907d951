"""40 bits from three seconds of speech that went through a telephone, with noise 20 dB below it.

OMP_NUM_THREADS=1 python -m bench.watermark.telephone
"""

from __future__ import annotations

import numpy as np

from bench.timing import MEDIA
from bench.watermark.medium import generator
from bench.watermark.overt_sound import OvertSound40
from bench.watermark.sounds import cut, noisy, read, telephoned

SPEECH = ("fairseq_", "libri_", "lr_198", "lr_3436", "lr_5703", "tts_", "whisper_", "wp_sonnet")
"""How the names of recorded speech begin."""
PIECES, KEY = 3, 42


def main() -> None:
    method = OvertSound40()
    back = wrong = asked = 0
    for path in sorted((MEDIA / "audio").iterdir()):
        for piece in range(PIECES if path.name.startswith(SPEECH) else 0):
            random = generator(path.name, f"telephone{piece}")
            bits = random.integers(0, 2, method.bits)
            marked = method.embed(cut(3.0)(read(path, 0), random), bits, KEY)
            got, _ = method.decode(noisy(20)(telephoned(marked, random), random), KEY)
            right = got is not None and bool(np.array_equal(got, bits))
            back, wrong, asked = back + right, wrong + (got is not None and not right), asked + 1
    print(f"3 s of telephone speech, 20 dB noise, 40 bits: {back} of {asked} back, {wrong} wrong")


if __name__ == "__main__":
    main()
