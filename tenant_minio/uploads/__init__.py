"""Browser to cluster, without passing through Django.

The browser asks Django, which answers with what may be sent to the cluster: one form, or the
parts of one upload. What arrives lies beside the tenant's files, where no name reaches it, until
Django has looked at it; a save then copies it to a key that was never signed for anyone.
"""
