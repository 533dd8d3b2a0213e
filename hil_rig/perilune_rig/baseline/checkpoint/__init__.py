"""The state that survives a reset: its memory, its layout, its snapshot."""
