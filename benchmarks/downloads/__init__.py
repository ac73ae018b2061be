"""Sites that send private files, the web server before one of them, and who fetches the files."""
