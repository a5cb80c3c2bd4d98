"""A local model server that speaks the wire formats of the providers, and misbehaves on demand."""

from tests.wire.server import Wire, running_wire, told

__all__ = ["Wire", "running_wire", "told"]
