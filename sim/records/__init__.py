"""What a run leaves behind: the dictionary of tables, their writer, the run folder and checkpoints."""
