from django.contrib import admin

from tests.secrets.project.papers.models import Paper

admin.site.register(Paper)
