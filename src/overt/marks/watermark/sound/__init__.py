"""The watermark of sound: small changes of level in keyed cells of time and pitch."""
