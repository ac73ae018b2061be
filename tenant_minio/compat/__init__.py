"""Import paths of other packages, for projects that switch."""
