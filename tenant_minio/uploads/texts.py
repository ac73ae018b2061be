"""What the widget says, in the language of the page. ``{name}`` and ``{percent}`` are filled in."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# In the page they are attributes, data-text-drop-many.
TEXTS: dict[str, str | Promise] = {
    "drop": _("or drop a file here"),
    "drop-many": _("or drop files here"),
    "list": _("Files"),
    "progress": _("Upload of {name}"),
    "waiting": _("Waiting"),
    "sending": _("{percent} % uploaded"),
    "checking": _("Being checked"),
    "done": _("Uploaded"),
    "offline": _("No connection: goes on when it is back"),
    "retrying": _("Interrupted at {percent} %: being tried again"),
    "no-connection": _("The connection broke off. What was uploaded is kept for another try."),
    "failed": _("The upload failed."),
    "choose-again": _("Interrupted. Choose the same file again to go on where it stopped."),
    "unavailable": _("The storage does not answer. Send the form again in a moment."),
    "only-one": _("Only one file can be uploaded here: the first was taken."),
    "sends-later": _("The form is sent as soon as the uploads are done."),
    "not-sent": _("The form was not sent, since an upload was not finished."),
    "unfinished": _("An upload is not finished. Try it again or remove it, then send the form."),
    "retry": _("Try again"),
    "retry-file": _("Try again: {name}"),
    "cancel": _("Cancel"),
    "cancel-file": _("Cancel: {name}"),
    "remove": _("Remove"),
    "remove-file": _("Remove: {name}"),
    "removed": _("{name} removed"),
}
