from django.contrib import admin

from tests.browser.project.library.models import Document, Folder

admin.site.register([Document, Folder])
