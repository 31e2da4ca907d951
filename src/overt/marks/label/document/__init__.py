"""Labels of documents, one module for each kind of page, slide, sheet or chapter."""
