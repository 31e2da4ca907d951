"""Labels on pictures: drawn into pixels, blocks, frames, pages or markup, measured on the file that was written."""
