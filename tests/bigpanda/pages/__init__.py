"""The local monitor's pages and JSON, one module for each kind. Facts about their shape: docs of the monitor's pages in
the project.
"""
