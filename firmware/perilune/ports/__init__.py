"""What differs by board: clock, heap, reset cause, name. One small module each."""
