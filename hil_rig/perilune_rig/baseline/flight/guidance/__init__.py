"""The laws that guidance chooses from, one a phase of the descent."""
