"""collectstatic's work: made ready in a local folder, then brought to where browsers get it."""
