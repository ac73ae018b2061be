from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "example_saas.vault"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from example_saas.vault import receivers  # noqa: F401  # connects them
