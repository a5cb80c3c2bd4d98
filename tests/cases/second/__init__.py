"""Failed jobs by a second author, who read neither the rules nor the first collection: see README.md."""
