"""Figures of the product, measured, with their spread. `make bench` prints all of them."""
