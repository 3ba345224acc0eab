"""Scenarios: YAML files, checked before anything runs."""
