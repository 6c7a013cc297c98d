"""What the desk costs and how fast it is, each against a ceiling or a peer in the same run."""
