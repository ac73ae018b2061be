"""A project on django-private-storage, after its import paths were changed."""
