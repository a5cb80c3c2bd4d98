"""What a question is about, without a model: ids and other entities, language, intent. The rules are data in `../rules`."""
