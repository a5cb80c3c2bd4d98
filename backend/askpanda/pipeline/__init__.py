"""A question's way: route, gather, diagnose, retrieve, word, check."""
