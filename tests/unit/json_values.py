"""The room of what arrives: any JSON, as machines and mischief send it."""

from typing import Any

from hypothesis import strategies as st

# What people try: markup, templates of every engine in the house, SQL, shells, odd alphabets.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for x in () %}",
    "{# comment #}",
    "${7*7}`${x}`",
    "'; DROP TABLE use_case; --",
    "%s %(name)s %",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "\\u003cscript\\u003e",
    "تجربة \u202eesrever",
    "Thành phố Hồ Chí Minh – “Quận 5”",
    "👩🏽‍🚒🇻🇳",
    "a\tb\nc",
)

texts = st.sampled_from(HOSTILE) | st.text(max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400)])
    | st.floats()
    | texts
)


def json_values(keys: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(keys | texts, inner, max_size=4)
        ),
        max_leaves=12,
    )
