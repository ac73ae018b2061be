"""The names that a project on django-private-storage imports, over this package's private files.

``docs/migrating-from-django-private-storage.md`` takes one through it.
"""
