"""The bench of watermarks: marks media, edits them with real codecs, reads them blind, and counts whole ids.

```
 medium     what a kind of media brings: attacks, quality, reading, the plain work that times are compared with
 pictures   46 attacks on pictures
 sounds     26 attacks on sound, and its PESQ and ViSQOL
 metrics    PSNR, SSIM, butteraugli, SSIMULACRA2
 overt      the methods under test: small classes, one for each kind of mark
 run        the loop and its tables
```

A *method* is a class with `name`, `kind` (image, audio or video), `bits` (0: presence only), `embed(media, bits, key)`
that gives media of the same shape, and `decode(media, key)` that gives the bits or None and a confidence. `bits` is an
array of zeros and ones, `key` an int. None means "no mark here".

Every attack is a function of (media, generator), seeded by file and attack: all methods meet the same crops. The reader
is told nothing of the attack, of the former size or of the id.
"""
