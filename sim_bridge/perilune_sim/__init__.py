"""The world, and the bridge that steps world and flight computer together."""
