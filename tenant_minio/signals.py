"""Django signals.

``operation_finished`` is sent after each operation of a storage, in the thread that did it, with
``event``, a :class:`tenant_minio.events.Event`; its sender is that class. What a receiver raises is
logged by Django (``django.dispatch``) and changes nothing of the operation.
"""

from django.dispatch import Signal

operation_finished = Signal()
