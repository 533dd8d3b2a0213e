"""The rig against its own project: every hostile thing of issue and threat model, tried, counted and shown."""
