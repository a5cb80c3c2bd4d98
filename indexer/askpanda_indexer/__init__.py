"""Turns documentation, guides and the error catalogue into a searchable index.

A server starts it by `upkeep.ensure_index(settings)` and `upkeep.watch(settings, stop)`; people by `askpanda index`.
"""
