"""HTTP only: routes, tokens, events. What an answer says is decided below."""
