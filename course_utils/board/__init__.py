"""The live board: what learners who joined do, as it happens, on a page for their teacher."""
