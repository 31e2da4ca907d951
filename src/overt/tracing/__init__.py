"""From a copy back to the record: fingerprints and watermark ids, matched with what was released."""
