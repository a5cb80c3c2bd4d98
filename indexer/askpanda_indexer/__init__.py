"""Turns documentation, guides and the error catalogue into a searchable index."""
