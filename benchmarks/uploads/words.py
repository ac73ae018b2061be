"""What the site and those who upload agree on."""

TARGET = "files"
BELOW = "/uploads/"
SAVE = "/save"
