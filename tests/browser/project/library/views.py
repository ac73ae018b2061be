"""Pages as a plain project has them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from tests.browser.project.library.forms import DocumentForm, SeveralForm
from tests.browser.project.library.models import Document


@login_required
def documents(request: HttpRequest) -> HttpResponse:
    """The tenant's documents, and a form for one more."""
    form = DocumentForm(request.POST or None, request.FILES or None, request=request)
    return _save_or_show(request, form)


@login_required
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for one document."""
    row = get_object_or_404(Document.objects, pk=pk)
    form = DocumentForm(request.POST or None, request.FILES or None, request=request, instance=row)
    return _save_or_show(request, form)


@login_required
def several(request: HttpRequest) -> HttpResponse:
    """A form for several files at once, without a model."""
    form = SeveralForm(request.POST or None, request.FILES or None, request=request)
    if form.is_valid():
        for file in form.cleaned_data["files"]:
            Document.objects.create(title=file.name, file=file)
        return redirect("documents")
    return render(request, "documents.html", {"form": form})


def _save_or_show(request: HttpRequest, form: DocumentForm) -> HttpResponse:
    if form.is_valid():
        form.save()
        return redirect("documents")
    return render(request, "documents.html", {"form": form, "documents": Document.objects.all()})
