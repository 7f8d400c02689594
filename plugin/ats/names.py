"""Dutch names: the tussenvoegsel ("van den", "de") apart from what one sorts by."""

import re

#: Words before a surname. Initials of a word in two parts ("'s") are none of these.
INFIXES = frozenset(
    {
        *("aan", "af", "al", "auf", "bij", "da", "dal", "das", "de", "del", "della"),
        *("den", "der", "des", "di", "do", "dos", "du", "el", "het", "in", "la", "las"),
        *("le", "les", "los", "mac", "onder", "op", "over", "te", "ten", "ter", "thoe"),
        *("tot", "uijt", "uit", "van", "ver", "vom", "von", "voor", "vor", "zu", "zum"),
        *("zur", "'t", "\u2019t", "d'", "d\u2019", "l'", "l\u2019"),
    }
)
#: A letter that begins a part of a name.
_PART = re.compile(r"(?<![\w'’])(ij|\w)", re.IGNORECASE)


def split(name: str) -> tuple[str, str, str]:
    """Take a name apart into what comes before, the infix, and the surname.

    "Sanne van den Berg" gives ("Sanne", "van den", "Berg"), "de Wit" ("", "de",
    "Wit"). A name without an infix is all surname: where it ends nobody can tell.
    The last word is always part of the surname, also where it looks like an infix.
    """
    words = name.split()
    places = [
        place for place, one in enumerate(words[:-1]) if one.casefold() in INFIXES
    ]
    if not places:
        return "", "", " ".join(words)
    first = end = places[0]
    while end < len(words) - 1 and words[end].casefold() in INFIXES:
        end += 1
    return " ".join(words[:first]), " ".join(words[first:end]), " ".join(words[end:])


def proper(name: str) -> str:
    """Write a name with its capitals where somebody typed all or none of them.

    "JAN VAN DER MEER-DE WIT" becomes "Jan van der Meer-de Wit", "ijsbrand"
    "IJsbrand". A name in mixed case is left as its owner wrote it.
    """
    tidy = " ".join(name.split())
    if tidy not in (tidy.lower(), tidy.upper()):
        return tidy
    return re.sub(r"[^\s-]+", _capitalised, tidy.lower())


def _capitalised(found: re.Match[str]) -> str:
    word = found[0]
    is_last = found.end() == len(found.string)
    if word in INFIXES and not is_last:
        return word
    return _PART.sub(lambda one: one[0].upper(), word)
