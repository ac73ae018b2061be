"""Views that give a file to who may have it."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from math import ceil
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousFileOperation
from django.core.files.storage import Storage
from django.core.signing import BadSignature
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import View
from django.views.generic.detail import SingleObjectMixin

from tenant_minio.exceptions import BackendUnavailableError, CircuitOpenError
from tenant_minio.private.alike import answer_alike
from tenant_minio.private.conf import private_setting, rule
from tenant_minio.private.files import PrivateFile
from tenant_minio.private.outcomes import Download
from tenant_minio.private.permissions import decided
from tenant_minio.private.safety import disposition, is_active, protect, sent_type
from tenant_minio.private.servers import Server, server_class
from tenant_minio.private.sharing import Shared, read_token, shared_storage
from tenant_minio.private.storage import private_storage
from tenant_minio.tenants.context import current_tenant


class PrivateStorageView(View):
    """Give the file at ``path``, a part of the URL.

    The rule is asked before the storage is, and a file that is refused gets the very answer of one
    that is not there. So nobody learns which files there are. All methods are plain: under ASGI
    Django runs them in a thread, which is free again before the file is sent.

    Attributes:
        storage: that holds the file; that of the settings if None.
        server_class: a server, its name or dotted path; that of the settings if None.
        content_disposition: ``inline`` or ``attachment``; None for no such header.
        content_disposition_filename: what a browser saves the file as; its own name if None.
        permission_denied_message: what the log says of a refusal.
        active_content: see :data:`tenant_minio.private.conf.ACTIVE_CONTENT`; that of the settings
            if None.
    """

    http_method_names = ["get", "head", "options"]  # noqa: RUF012 -- as Django has it

    storage: Storage | None = None
    server_class: Any = None
    content_disposition: str | None = "inline"
    content_disposition_filename: str | None = None
    permission_denied_message = "The rule did not let it."
    active_content: str | None = None

    def get_path(self) -> str:
        """The name of the file."""
        path: str = self.kwargs["path"]
        return path

    def get_storage(self) -> Storage:
        """The storage that holds the file."""
        found: Storage = self.storage or private_storage()
        return found

    def get_private_file(self) -> PrivateFile:
        """What is asked for, and by whom. Raises Http404 where it cannot be said."""
        return PrivateFile(self.request, self.get_storage(), self.get_path())

    def can_access_file(self, private_file: PrivateFile) -> bool:
        """Whether who asks may have the file; by default the rule of the settings."""
        return rule()(private_file)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponseBase:
        """Answer GET and HEAD."""
        try:
            private_file = self.get_private_file()
        except Http404:
            private_file = PrivateFile(request, self.storage or private_storage(), "")
            download = Download(private_file)
            return download.answer(lambda: self._missing(private_file, download))
        download = private_file.download = Download(private_file)
        return download.answer(lambda: self._answer(private_file, download))

    def _answer(self, private_file: PrivateFile, download: Download) -> HttpResponseBase:
        try:
            allowed = decided(self.can_access_file(private_file))
        except (PermissionDenied, Http404):
            allowed = False
        if not allowed:
            download.refused(self.permission_denied_message)
            return answer_alike(self.request, lambda: self.serve_refusal(private_file))
        try:
            return self.serve_file(private_file)
        except (FileNotFoundError, SuspiciousFileOperation, Http404):
            return self._missing(private_file, download)
        except BackendUnavailableError as error:
            download.failed(error)
            return self.serve_unavailable(private_file, error)

    def _missing(self, private_file: PrivateFile, download: Download) -> HttpResponseBase:
        download.missing()
        return answer_alike(self.request, lambda: self.serve_file_not_found(private_file))

    def serve_file(self, private_file: PrivateFile) -> HttpResponseBase:
        """Send the file. Raises FileNotFoundError."""
        server = self.get_server_class()
        active_content = self.active_content or private_setting("ACTIVE_CONTENT")
        if active_content == "sandbox" and not getattr(server, "sends_headers", True):
            active_content = "attachment"
        sandboxed = active_content != "inline" and is_active(private_file.content_type)
        private_file.content_disposition = disposition(
            private_file,
            self.content_disposition,
            self.get_content_disposition_filename(private_file),
            active_content,
        )
        private_file.content_type = sent_type(private_file.content_type, active_content)
        answer = server().serve(private_file)
        protect(answer, private_file, sandboxed=sandboxed)
        return answer

    def get_server_class(self) -> type[Server]:
        """What sends the file."""
        return server_class(self.server_class or private_setting("SERVER"))

    def serve_file_not_found(self, private_file: PrivateFile) -> HttpResponseBase:
        """The answer for a file that is not there, and for one that is refused."""
        raise Http404("File not found")

    def serve_refusal(self, private_file: PrivateFile) -> HttpResponseBase:
        """The answer for a file that is refused; any other one than this tells that it is there."""
        return self.serve_file_not_found(private_file)

    def serve_unavailable(
        self, private_file: PrivateFile, error: BackendUnavailableError
    ) -> HttpResponseBase:
        """The answer where the cluster cannot be asked: 503, and when to ask again.

        Only who may have the file gets to see it. A hook that raises ``error`` makes it a 500, as
        other errors of the cluster are.
        """
        seconds = error.retry_seconds if isinstance(error, CircuitOpenError) else 0.0
        return HttpResponse(
            "This file cannot be fetched at the moment. Try again soon.",
            status=503,
            content_type="text/plain",
            headers={"Retry-After": str(max(1, ceil(seconds))), "Cache-Control": "no-store"},
        )

    def get_content_disposition_filename(self, private_file: PrivateFile) -> str:
        """What a browser saves the file as."""
        return self.content_disposition_filename or posixpath.basename(private_file.relative_name)


class PrivateStorageDetailView(SingleObjectMixin, PrivateStorageView):  # type: ignore[type-arg]
    """Give the file of a row, found as Django's DetailView finds it.

    The rule sees the row as ``private_file.parent_object``.

    Attributes:
        model_file_field: the field that holds the file.
    """

    model_file_field = "file"

    def get_path(self) -> str:
        return getattr(self.object, self.model_file_field).name or ""

    def get_storage(self) -> Storage:
        """The storage of the row's file: of a TenantFileField, bound to the row's tenant."""
        found: Storage = getattr(self.object, self.model_file_field).storage
        return found

    @cached_property
    def object(self) -> Model:
        """The row, also for a ``get_private_file`` of one's own. Raises Http404."""
        found: Model = self.get_object()
        return found

    def get_private_file(self) -> PrivateFile:
        return PrivateFile(self.request, self.get_storage(), self.get_path(), self.object)


# LoginRequiredMiddleware would ask for the login that a link does without.
@method_decorator(login_not_required, name="dispatch")
class SharedFileView(PrivateStorageView):
    """Give the file of a link to whoever has the link, within no other tenant than its own."""

    _shared: Shared | None = None

    def get_private_file(self) -> PrivateFile:
        with suppress(BadSignature):
            self._shared = read_token(self.kwargs["token"])
        return super().get_private_file()

    def get_path(self) -> str:
        return self._shared.name if self._shared else ""

    def get_storage(self) -> Storage:
        return super().get_storage() if self._shared is None else shared_storage(self._shared)

    def can_access_file(self, private_file: PrivateFile) -> bool:
        """Whether the link is good here: it says so itself."""
        if self._shared is None:
            return False
        return current_tenant() in {None, self._shared.tenant}

    def serve_file(self, private_file: PrivateFile) -> HttpResponseBase:
        answer = super().serve_file(private_file)
        # The link is all that it takes: it is told to no other site, and listed nowhere.
        answer.headers.setdefault("Referrer-Policy", "no-referrer")
        answer["X-Robots-Tag"] = "noindex"
        return answer
