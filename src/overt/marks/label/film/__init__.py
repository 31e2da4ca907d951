"""Labels on film: laid over the stored pictures, measured on the film that was written."""
