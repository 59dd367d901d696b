"""Shared parts of the model recipes: fetching, weights and graph building."""
