"""Paths of the economy that households and institutions read."""
