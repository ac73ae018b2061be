"""Names that try to reach another tenant's file ``plan.pdf``, or no file at all."""

from tests.routing import test_unsafe_names as unsafe

VICTIM = "acme2"
_UP = ["..", "%2e%2e", "%2E.", "%252e%252e", "\uff0e\uff0e", "\u2025", ".\u2024"]
_SLASHES = ["/", "\\", "%2f", "%5c", "%252f", "\uff0f"]

# From the place tenants/acme/: to a neighbour's file in every spelling of ``..`` and ``/``.
AIMED = [
    *[f"{up}{slash}{VICTIM}{slash}plan.pdf" for up in _UP for slash in _SLASHES],
    *[f"docs{slash}{up}{slash}{up}{slash}{VICTIM}/plan.pdf" for up in _UP for slash in _SLASHES],
    *[f"/tenants/{VICTIM}/plan.pdf", f"//shared/tenants/{VICTIM}/plan.pdf"],
    *[f"/shared/tenants/{VICTIM}/plan.pdf", f"../../tenants/{VICTIM}/plan.pdf"],
    *[f"../../../shared/tenants/{VICTIM}/plan.pdf", "../../../own-files/plan.pdf"],
    *[f"./../{VICTIM}/plan.pdf", f"docs/./../../{VICTIM}/plan.pdf", f"../{VICTIM}/./plan.pdf"],
    *[f"../{VICTIM}/plan.pdf\x00", f"x\x00/../../{VICTIM}/plan.pdf", f"../{VICTIM}/plan.pdf\n"],
    *[f"../{VICTIM}__XLDIR__", "docs__XLDIR__/plan.pdf"],
]
# Every class of name that the unit tests of the name rules know.
KNOWN = [
    *unsafe.UPWARD,
    *unsafe.BACKSLASHES,
    *unsafe.ENCODED,
    *unsafe.DECODED_BEFORE_NORMALISED,
    *unsafe.LOOK_ALIKES,
    *[name for name in unsafe.BLANK if name],
    *unsafe.CONTROLS,
    *unsafe.ENDINGS,
    *unsafe.SURROGATES,
    *unsafe.MINIO_DIRECTORIES,
    *["x" * 256, "/".join(["x" * 200] * 6), "\u00e9" * 128],
]
ATTACKS = list(dict.fromkeys([*AIMED, *KNOWN, *[f"docs/{name}/plan.pdf" for name in KNOWN]]))

# Names that are odd and fine: they must stay in their place as they are.
FINE = [
    *["plan.pdf", "tenants/acme2/plan.pdf", "acme2/plan.pdf", "...", "..plan.pdf", "a..b/plan.pdf"],
    *["*", "?", "[a-z]*", "a b+c&d=e;f", "100%.pdf", "%41", "{tenant}", "\u00e9", "e\u0301", "#?x"],
    *["prefix=", "?prefix=tenants", "list-type=2", "plan.pdf?versionId=null", "~", "'\"<>"],
]

# ``"."`` is the root, and one slash may end a directory.
_ALLOWED = {("exists", "."), ("listdir", "."), ("listdir", "a/")}


def is_allowed(operation: str, name: str) -> bool:
    """Whether an operation may take a name, so that only the judge can say what it touched.

    Django's ``get_available_name`` reads a backslash as a slash before anyone is asked.
    """
    return (operation, name) in _ALLOWED or (operation == "available" and "\\" in name)
