"""A file in each kind of storage."""

from django.core.files.storage import storages
from django.db import models


def tenant() -> str:
    return "acme"


def tenants() -> list[str]:
    return ["acme"]


def working() -> object:
    return storages["working"]


class Paper(models.Model):
    routed = models.FileField(upload_to="papers/", blank=True)
    plain = models.FileField(upload_to="papers/", blank=True, storage=working)
    session = models.FileField(upload_to="papers/", blank=True, storage=storages["session"])
    refused = models.FileField(upload_to="papers/", blank=True, storage=storages["refused"])
    dead = models.FileField(upload_to="papers/", blank=True, storage=storages["dead"])
