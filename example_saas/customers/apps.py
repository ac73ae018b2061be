from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "example_saas.customers"
    default_auto_field = "django.db.models.BigAutoField"
