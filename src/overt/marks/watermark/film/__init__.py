"""The watermark of film: the tile of pictures on every frame, and the mark of sound on its track."""
