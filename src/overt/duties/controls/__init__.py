"""The controls, a module for each topic. They are found by themselves (`overt.duties.registry`)."""
