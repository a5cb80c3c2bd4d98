"""Plain data types of the contract. This floor imports nothing of ours."""
