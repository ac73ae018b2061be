"""A site with private files, for real servers. Its settings come from the environment."""
