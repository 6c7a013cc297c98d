"""Deliveries changed at random and signed anew, so that their signatures hold and what reads them is reached."""
