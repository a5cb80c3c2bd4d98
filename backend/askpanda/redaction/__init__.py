"""Cutting secrets, standing in for names, putting names back."""
