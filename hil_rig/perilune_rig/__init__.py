"""The rig: scenarios flown on rungs, judged, reported, repeated as campaigns, and the command line on top."""
