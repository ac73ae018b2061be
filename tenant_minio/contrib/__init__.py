"""Optional ties to other packages; nothing in the core imports them."""
