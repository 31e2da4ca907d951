"""The four kinds of marks: label, metadata, watermark, credential."""
