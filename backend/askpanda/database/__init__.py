"""What outlives a request: conversations, running answers, uploads, tokens, usage, feedback."""
