"""The built extension in real browsers, on the local monitor, with a real backend."""
