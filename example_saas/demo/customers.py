"""The customers of the demo, each with one user."""

import secrets
from dataclasses import dataclass, field
from typing import NamedTuple

# No import of models here: the logins go into the environment before Django is set up.


class Place(NamedTuple):
    """Where the settings promise to keep a customer's files."""

    backend: str
    bucket: str
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One customer, the host that leads to it, and the person who signs in there."""

    tenant: str
    name: str
    accent: str
    username: str
    first_name: str
    last_name: str
    place: Place
    password: str = field(repr=False, default_factory=lambda: secrets.token_hex(5))

    @property
    def host(self) -> str:
        return f"{self.tenant}.localhost"


def accounts() -> list[Account]:
    """Three customers with new passwords.

    Their places are written down here once more, since the proof must not ask the storage that it
    judges.
    """
    return [
        Account(
            tenant="acme",
            name="Acme Rockets",
            accent="rose",
            username="ada",
            first_name="Ada",
            last_name="Byron",
            place=Place("us", "acme-vault", ""),
        ),
        Account(
            tenant="globex",
            name="Globex",
            accent="teal",
            username="grace",
            first_name="Grace",
            last_name="Murray",
            place=Place("eu", "vault", "tenants/globex/"),
        ),
        Account(
            tenant="initech",
            name="Initech",
            accent="indigo",
            username="peter",
            first_name="Peter",
            last_name="Gibbons",
            place=Place("eu", "vault", "tenants/initech/"),
        ),
    ]


def create_customers(people: list[Account]) -> None:
    """Creates a schema, a host name and a user for each, and the landing page's host."""
    from django.contrib.auth import get_user_model
    from django_tenants.utils import get_public_schema_name, schema_context

    from example_saas.customers.models import Customer, Domain

    public = Customer.objects.create(schema_name=get_public_schema_name(), name="Vault")
    for host, is_primary in {"localhost": True, "127.0.0.1": False}.items():
        Domain.objects.create(tenant=public, domain=host, is_primary=is_primary)
    for account in people:
        customer = Customer(schema_name=account.tenant, name=account.name, accent=account.accent)
        customer.save(verbosity=0)
        Domain.objects.create(tenant=customer, domain=account.host)
        with schema_context(account.tenant):
            # A superuser of this one customer, who finds its admin open.
            get_user_model().objects.create_superuser(
                account.username,
                password=account.password,
                first_name=account.first_name,
                last_name=account.last_name,
            )
