"""Our own words for every kind of answer: read where no model is configured, and standing in where one fails."""
