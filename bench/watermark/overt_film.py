"""Overt's mark of films as a method of the bench."""

from __future__ import annotations

import cv2
import numpy as np

from bench.watermark.overt import bits_of, key_of, value_of
from overt.marks.watermark.film.mark import FilmMarker
from overt.marks.watermark.film.read import FRAMES, FilmReader


class OvertFilm:
    """64 bits in a film."""

    name, kind, bits = "overt_film", "video", 64

    def embed(self, film, bits, key):
        frames, rate = film
        marker = FilmMarker(frames.shape[1:3], rate, value_of(bits), self.bits, key_of(key))
        marked = np.empty_like(frames)
        for place, frame in enumerate(frames):
            delta = marker.delta(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))
            marked[place] = cv2.add(frame, cv2.merge([delta] * 3), dtype=cv2.CV_8U)
        return marked, rate

    def decode(self, film, key):
        frames, rate = film
        reader = FilmReader([key_of(key)])
        for place in np.unique(np.linspace(0, len(frames) - 1, FRAMES).astype(int)):
            reader.see(frames[place], place / rate)
        found = [each for each in reader.readout().ids if each.bits == self.bits]
        if not found:
            return None, 0.0
        return bits_of(found[0].value, self.bits), -found[0].log10_p
