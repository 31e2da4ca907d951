"""Labels of virtual scenes: in the picture that a scene opens with, or on the page around its viewer."""
