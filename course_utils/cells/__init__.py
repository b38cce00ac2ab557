"""The code in a notebook's cells: reading it, the names it binds and needs, and which cells another one depends on."""
