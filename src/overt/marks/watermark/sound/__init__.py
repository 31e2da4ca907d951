"""The watermark of sound: small swings of level in keyed cells of time and pitch.

```
 lattice   which cells there are, and which are the pilot's
 excerpt   sound in pieces, so that hours need little memory
 levels    samples to levels in bands, every 15 ms
 swing     levels to the swing of each cell: what is written and read
 embed     an id into sound
 sync      where the lattice lies, after cuts and changes of speed and pitch
 weights   how much each cell counts, learned from the pilot
 read      ids out of sound
 windows, write, files   the same for files of any length and format
```

Everything lies between 200 Hz and 5.2 kHz, most of it where a telephone still hears; no cell depends on the absolute
level of the sound or on its exact frequencies.
"""
