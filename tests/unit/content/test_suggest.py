"""What content is probably for, learnt from what is classified already."""

from plugin.content.match import CatalogueItem, Classified
from plugin.content.suggest import Suggester, words_of
from plugin.mappings import loader
from plugin.mappings.model import Phase
from tests.golden.build import MAPPINGS
from webhooks.events import ContentKind

CONTENT = loader.load(MAPPINGS).content


def item(name, url=None):
    return CatalogueItem(kind=ContentKind.PAGE, id="1", name=name, url=url)


def known(name, phase, url=None):
    classified = phase and Classified(
        phase=phase, topics=frozenset(), gate=False, where="category"
    )
    return item(name, url), classified


def test_words_that_went_with_a_phase_speak_for_it():
    suggester = Suggester(
        [
            known("Workshop cloudkosten", Phase.THINK),
            known("Workshop beveiliging", Phase.THINK),
            known("Verhaal van een tester", Phase.SEE),
            known("Workshop zonder categorie", None),
        ],
        CONTENT,
    )

    found = suggester.suggest(item("Workshop Security voor iedereen"))

    assert found.category == "think-security"
    assert found.because == ("workshop", "security")
    assert suggester.suggest(item("Verhaal")).category == "see"


def test_addresses_speak_too_but_not_their_host():
    suggester = Suggester(
        [known("x", Phase.SEE, "https://workshop.example.org/verhalen/1")], CONTENT
    )

    assert suggester.suggest(item("y", "/verhalen/2")).because == ("verhalen",)
    assert suggester.suggest(item("workshop")) is None


def test_a_word_that_is_everywhere_says_nothing():
    suggester = Suggester(
        [known("Security dag", Phase.SEE), known("Security dag", Phase.THINK)], CONTENT
    )

    assert suggester.suggest(item("Security dag")) is None


def test_telling_words_are_folded_and_each_once():
    assert words_of("Één Café in 2026, café!", "") == ["cafe"]
