"""In which databases, and which schemas, a model has a table."""

from __future__ import annotations

from typing import Any

from django.db import connections, models, router

from tenant_minio.exceptions import ReferencesUnreadableError


class Tables:
    """Where the tables of models are, as Django's database routers say.

    Ask for all models in one view after the other; the routers of django-tenants answer for the
    schema that the connection stands on.
    """

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._here: set[tuple[models.Field[Any, Any], str]] = set()
        self._before: set[tuple[models.Field[Any, Any], str]] = set()

    def next_view(self) -> None:
        """The connections show another view now."""
        self._names = {}
        self._before |= self._here
        self._here = set()

    def met(self, field: models.Field[Any, Any], database: str) -> bool:
        """Whether a view before this one had the field's table, too."""
        return (field, database) in self._before

    def of(
        self, model: type[models.Model], field: models.Field[Any, Any], *, last: bool
    ) -> list[str]:
        """The databases that have the model's table in this view.

        Args:
            model: not a proxy.
            field: one of its own.
            last: this field is not asked for in any further view.

        Raises:
            ReferencesUnreadableError: a table is not where it must be.
        """
        homes = {router.db_for_read(model), router.db_for_write(model)}
        found = [alias for alias in connections if router.allow_migrate_model(alias, model)]
        if not model._meta.managed:  # noqa: SLF001 -- Django's documented API
            # Django makes no table for it, so that a router allows one says little.
            found = [alias for alias in found if alias in homes]
        for alias in found:
            if not self._has(model, alias):
                raise ReferencesUnreadableError(
                    f"The table {model._meta.db_table!r} of {model._meta.label} is not in the "  # noqa: SLF001 -- Django's documented API
                    f"database {alias!r}. Migrate it; or, if it does not belong there, have a "
                    f"database router's allow_migrate say so."
                )
        if last:
            others = {alias for alias in homes - set(found) if not self.met(field, alias)}
            found += self._not_migrated(model, others)
        self._here |= {(field, alias) for alias in found}
        return found

    def _not_migrated(self, model: type[models.Model], homes: set[str]) -> list[str]:
        """The databases that rows are read from or written to although nothing is migrated there.

        Such as an old database that others manage.
        """
        found = []
        for alias in sorted(homes):
            switches_schemas = hasattr(connections[alias], "set_schema")
            # Of a database with schemas, a router may say no since this schema lacks the app.
            if not switches_schemas or self._has(model, alias):
                found.append(alias)
        return found

    def _has(self, model: type[models.Model], alias: str) -> bool:
        table = model._meta.db_table  # noqa: SLF001 -- Django's documented API
        if '"' in table:  # names a schema of its own, as '"legacy"."files"' does
            return True
        connection = connections[alias]
        if alias not in self._names:
            found = connection.introspection.table_names(include_views=True)
            self._names[alias] = frozenset(found)
        return connection.introspection.identifier_converter(table) in self._names[alias]
