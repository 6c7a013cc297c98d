"""1C's exchange with a site: what its documents say, how ours are written, its files, and the conversation."""
