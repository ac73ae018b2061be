"""A direct upload: the site that permits it, and who sends the file past it."""
