"""Documents that can be searched: SQLite FTS5 or Elasticsearch behind one interface."""
