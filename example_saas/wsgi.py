"""The vault for a WSGI server: ``gunicorn example_saas.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_saas.settings")

application = get_wsgi_application()
