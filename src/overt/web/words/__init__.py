"""The words of the pages, in both languages: one module for each folder of templates, and `common` for all."""
