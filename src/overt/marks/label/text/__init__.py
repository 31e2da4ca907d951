"""Labels of texts: lines, banners, superscripts, and answers that arrive piece by piece."""
