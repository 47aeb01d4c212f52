"""A run that is packed into one small folder, to train on another machine in calls of some minutes."""
