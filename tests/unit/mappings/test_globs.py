import pytest

from plugin.mappings.globs import name_matches, normal_url, url_matches


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://WWW.Example.org/Blog/", "www.example.org/Blog"),
        ("http://example.org:80/a?b=c#d", "example.org/a"),
        ("//example.org/a", "example.org/a"),
        ("example.org:8080/a", "example.org:8080/a"),
        ("https://example.org", "example.org"),
        ("https://example.org/?a=/b/", "example.org"),
        ("", ""),
    ],
)
def test_what_tells_pages_apart(url, normal):
    assert normal_url(url) == normal


@pytest.mark.parametrize(
    ("url", "glob", "fits"),
    [
        ("https://example.org/blog/a", "https://example.org/blog/*", True),
        ("http://EXAMPLE.org/blog/a/?x=1", "https://example.org/blog/*", True),
        ("https://example.org/blog", "https://example.org/blog/*", True),
        ("https://example.org/blogs", "https://example.org/blog/*", False),
        ("https://example.org/blog/a", "https://example.org/blog", False),
        ("https://any.example/nl/podcast-3", "*/podcast*", True),
        ("https://any.example/nl/podcast-3", "/nl/podcast*", True),
        ("https://example.org/a.b", "example.org/a.b", True),
        ("https://example.org/aXb", "example.org/a.b", False),
        ("https://example.org/Blog", "example.org/blog", False),
    ],
)
def test_url_globs(url, glob, fits):
    assert url_matches(url, (glob,)) is fits


@pytest.mark.parametrize(
    ("name", "glob", "fits"),
    [
        ("Aanmelden voor de Hackathon", "*hackathon*", True),
        ("Podcast", "podcast", True),
        ("Podcast 3", "podcast", False),
        ("a(b", "a(*", True),
    ],
)
def test_name_globs(name, glob, fits):
    assert name_matches(name, (glob,)) is fits
