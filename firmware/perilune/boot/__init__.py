"""The boot loader of a flashed board: which of two slots of software it starts. It lies beside the slots, in none."""
