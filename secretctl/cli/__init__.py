"""The command line: each command parses, calls one operation, renders, and returns an exit status."""
