"""What other systems send us and what we send them: verify the bytes, read them, say what follows."""
