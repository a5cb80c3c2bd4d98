"""Failed jobs by a third author, who read neither the rules nor the other collections' jobs: see README.md."""
