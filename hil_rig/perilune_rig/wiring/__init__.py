"""The rig's ends of a board's wires: what is sent and read there, a self-test, and a watch in flight."""
