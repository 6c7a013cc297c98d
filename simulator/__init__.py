"""Telegram in a box: a Bot API server on loopback with people who play customer, technician and dispatcher."""
