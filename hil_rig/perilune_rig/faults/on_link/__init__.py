"""What can go wrong on the line between rig and flight computer, the same on every rung and for every repetition."""
