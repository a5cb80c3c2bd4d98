"""Ask PanDA: answers about PanDA jobs and tasks, found by our own code and only worded by a model."""

__version__ = "0.1.0"
