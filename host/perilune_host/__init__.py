"""The host's end of the wire and the command line."""
