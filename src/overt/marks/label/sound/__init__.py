"""Joining a label to sound, one module for each way in which files hold it, and what they share."""
