"""Reading letters from strangers: structure within limits, threading, automata, and the new text of a reply."""
