"""What the commands do: each operation takes what it needs, the time included, and returns a frozen result."""
