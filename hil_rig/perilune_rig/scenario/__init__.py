"""What a scenario is: its model, the catalogue, changes from the command line, the timeline."""
