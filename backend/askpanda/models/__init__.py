"""Language models behind one registry."""
