"""The JSON of an answer: pages are megabytes, and each is looked at twice."""

from typing import Any

import orjson
import requests

#: Under this name an answer keeps what was read of it.
_READ = "stdc_read"


def read(response: requests.Response) -> Any:
    """Read an answer's JSON, once; raise ValueError where it is none.

    What only Python takes for JSON, such as half a surrogate pair, is read too.
    """
    kept = vars(response)
    if _READ not in kept:
        kept[_READ] = _parsed(response)
    return kept[_READ]


def _parsed(response: requests.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return response.json()
