"""Our own words for every kind of answer: what a reader gets where no model is configured, and what stands in when one fails."""
