"""What sites and those who ask them agree on; each side has its own packages."""

TENANT_HEADER = "X-Tenant"
# The environment variable that names a site's settings, a JSON file.
VARIABLE = "DOWNLOADS_SETTINGS"
LARGE_NAME = "large.bin"
CROWD_NAME = "crowd.bin"
SMALL_NAME = "small.bin"
BELOW = "/private/"
ALIVE = "/alive"
