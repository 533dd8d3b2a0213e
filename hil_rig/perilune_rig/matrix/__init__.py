"""The fault matrix: every fault class at every onset, one base flight a seed, and what physics forbids."""
