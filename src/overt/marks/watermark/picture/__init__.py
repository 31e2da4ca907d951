"""The watermark of pictures: a tile of keyed waves that repeats over the picture and grows and shrinks with it."""
