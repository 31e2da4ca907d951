"""The watermark: an imperceptible signal that carries the content id through what strips every other mark.

```
 keys       what is drawn from an operator's secret, and from the presence key that anyone may have
 code       an id, its check sum and its error correction, to symbols of +1 and -1 and back, with a p-value
 picture/   symbols in the harmonics of a tile that repeats over the picture
 sound/     symbols in the levels of cells of time and pitch
 film/      the picture's mark on every frame
```

It is a mark for files that lost their labels, not for adversaries: whoever holds the key can forge it, and what redraws
a picture, such as a diffusion model, leaves nothing of it. A watermark alone confirms nothing: the id must stand in our
own record, and the fingerprint must agree.
"""
