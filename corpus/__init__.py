"""Our own knowledge as package data: error explanations, guides, glossary, pictures."""
