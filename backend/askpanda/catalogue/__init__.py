"""The error catalogue: one entry per (component, code)."""
