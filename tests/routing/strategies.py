"""What hypothesis draws keys, names and templates from."""

from hypothesis import settings
from hypothesis import strategies as st

from tenant_minio.routing.escape import IN_BUCKET, IN_PREFIX

# No test is about time: a slow machine is no failure.
prove = settings(deadline=None)

_ODD_KEYS = [
    *["a", "A", "ab", "a-", "-a", "--", "a_", "_a", "__", "a*", "a?", "a.b", ".", "..", "/", "a/b"],
    *["_h", "-h", "a_h", "a-h", "_61", "-61", "a-5f", "a_2d", "h", "0", "{tenant}", "%61", " "],
    *["xn--a", "xn", "sthree-", "STHREE", "amzn-s3-demo-", "a-s3alias", "1.2.3.4", "x.mrap"],
    *[
        "é",
        "e\u0301",
        "\ufb01",
        "fi",
        "İ",
        "\x00",
        "\n",
        "\ud800",
        "\udc00",
        "\ud800\udc00",
        "\U00010000",
    ],
]


def _with_renderings(keys: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Keys, and what a key is written as, fed back as a key."""
    written = [IN_BUCKET.encode, IN_PREFIX.encode, IN_BUCKET.shorten, IN_PREFIX.shorten]
    return keys | st.builds(lambda write, key: write(key), st.sampled_from(written), keys)


_BASE_KEYS = (
    st.sampled_from(_ODD_KEYS)
    | st.text(alphabet="aAbh01_-.*", min_size=1, max_size=8)
    | st.text(alphabet=st.characters(), min_size=1, max_size=12)
    | st.builds(lambda start, size: start * size, st.sampled_from(_ODD_KEYS), st.integers(20, 400))
)
keys = _with_renderings(_with_renderings(_BASE_KEYS))

# Characters that some reader takes for a dot, a slash, a percent sign, or nothing at all.
_HAZARDS = [
    *[
        "/",
        ".",
        "..",
        "\\",
        "%",
        "2",
        "e",
        "E",
        "F",
        "f",
        "5",
        "c",
        "0",
        "%2e",
        "%2E",
        "%2f",
        "%5C",
    ],
    *[
        "%25",
        "%252e",
        "%00",
        "%20",
        "+",
        " ",
        "\u3000",
        "\u200b",
        "\x00",
        "\x7f",
        "\x85",
        "\n",
        "~",
    ],
    *["\u2024", "\u2025", "\u2026", "\ufe30", "\ufe52", "\uff0e", "\uff0f", "\uff3c", "\ufe68"],
    *[
        "\uff05",
        "\ufe6a",
        "\uff12",
        "\u2105",
        "\u2044",
        "\u2215",
        "\u0301",
        "\u0307",
        "\u0338",
        "é",
    ],
    *["%e2%80%a4", "%ef%bc%8f", "%c0%ae", "__XLDIR__", "a", "b", "\U0001f389", "...", "\ud800"],
]
names = st.lists(st.sampled_from(_HAZARDS), min_size=1, max_size=12).map("".join) | st.text(
    min_size=1, max_size=40
)
plain_names = st.text(alphabet="ab./ -_+%~\\X\n\x7f!", min_size=1, max_size=16)
prefixes = st.sampled_from(["", "acme/", "tenants/acme/", "a/b/c/d/"])
