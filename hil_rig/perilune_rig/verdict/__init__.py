"""What a flight is judged by, the verdict over it, and both as data."""
