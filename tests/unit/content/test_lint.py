"""What the lint finds in content, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.content.lint import MEND, Piece, Rule, lint
from plugin.content.markup import Link, read
from plugin.content.match import CatalogueItem, Classified
from plugin.content.tokens import Known, broken
from plugin.mappings import loader
from plugin.mappings.lint import Lint, WordList, folded
from plugin.mappings.model import Phase
from tests.golden.build import MAPPINGS
from webhooks.events import ContentKind

SHIPPED = loader.load(MAPPINGS).lint
NOTHING_KNOWN = Known()


def piece(phase=Phase.SEE, kind=ContentKind.EMAIL, number="7", **more):
    item = CatalogueItem(
        kind=kind, id=number, name="Nieuws", published=more.pop("published", True)
    )
    gate = more.pop("gate", False)
    classified = phase and Classified(
        phase=phase, topics=frozenset(), gate=gate, where="category"
    )
    return Piece(item=item, classified=classified, **more)


def says(*pieces, rules=SHIPPED, known=NOTHING_KNOWN):
    return [(one.rule, one.says) for one in lint(pieces, rules, known)]


@pytest.mark.parametrize(
    "text",
    [
        "Bekijk onze vacatures",
        "IT-vacature: security officer",
        "de vacaturebank",
        "Heb je al gesolliciteerd?",
        "SOLLICITEER NU",
        "Een nieuwe baan?",
        "Kom jij het team versterken?",
        "een opdracht bij de bank",
        "Wij zoeken een tester",
        "See our vacancies",
        "This job is yours",
        "Apply   now!",
        "We’re looking for you",
        "Join our team",
    ],
)
@pytest.mark.parametrize("phase", [Phase.SEE, Phase.THINK])
def test_vacancy_words_before_do_are_found(text, phase):
    (found,) = says(piece(phase, texts=(("subject", text),)))

    assert found[0] is Rule.WORD
    assert f"in the subject of content for {phase.label}" in found[1]


@pytest.mark.parametrize("phase", [Phase.DO, Phase.CARE, None])
def test_for_do_and_care_and_where_nobody_classified_they_are_fine(phase):
    form = piece(Phase.DO, ContentKind.FORM, gate=True)

    assert says(piece(phase, texts=(("text", "Onze vacatures"),)), form) == []


@pytest.mark.parametrize(
    "text",
    [
        "Dat is van de baan",
        "In opdracht van de gemeente",
        "onze opdrachtgevers",
        "de baanbrekende aanpak",
        "Good job!",
        "a jobless recovery",
        "Security in de zorg",
        "Le château",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text):
    assert says(piece(texts=(("text", text),))) == []


def test_projects_are_for_think():
    text = (("text", "De projectkalender van maart"),)

    assert [rule for rule, _ in says(piece(Phase.SEE, texts=text))] == [Rule.WORD]
    assert says(piece(Phase.THINK, texts=text)) == []


def test_a_word_in_a_link_is_named_once_and_one_in_an_address_too():
    link = Link(
        text="onze vacatures", href="https://example.org/vacatures?utm_source=x"
    )
    found = says(
        piece(texts=(("text", "Zie onze vacatures hier"),), links=(link,)),
    )

    assert found == [
        (Rule.WORD, "'vacatures' in the text of content for See"),
        (Rule.WORD, "'vacatures' in the address of content for See"),
    ]


def test_drafts_are_read_for_words_and_for_nothing_else():
    draft = piece(
        published=False,
        reached=0,
        texts=(("text", "vacature {contactfeild=firstname}"),),
        links=(Link(text="x", href="https://example.org"),),
    )

    assert [rule for rule, _ in says(draft)] == [Rule.WORD]


KNOWN = Known(
    names={
        "contact field": frozenset({"firstname", "stdc_next_content"}),
        "landing page": frozenset({"12"}),
        "dynamic content slot": frozenset({"hero"}),
    },
    own=frozenset({"weather"}),
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Beste {contactfield=firstnam},",
            (
                "{contactfield=firstnam}: there is no contact field 'firstnam'; "
                "did you mean 'firstname'?"
            ),
        ),
        ("{pagelink=13}", "{pagelink=13}: there is no landing page '13'"),
        ("{dwc=footer}", "{dwc=footer}: there is no dynamic content slot 'footer'"),
        (
            "{contactfeild=firstname}",
            (
                "{contactfeild=firstname} is no token of Mautic; "
                "did you mean 'contactfield'?"
            ),
        ),
        (
            "{unsubscribe_tekst}",
            (
                "{unsubscribe_tekst} is no token of Mautic; "
                "did you mean 'unsubscribe_text'?"
            ),
        ),
        (
            "{{contactfield=firstname}}",
            "{{contactfield=firstname}}: Mautic's tokens have one brace on each side",
        ),
        (
            "Beste {contactfield=firstname, hallo",
            "{contactfield=firstname,: the closing brace is missing",
        ),
    ],
)
def test_a_token_that_means_nothing_is_named(text, message):
    assert list(broken(text, KNOWN)) == [message]
    assert says(piece(texts=(("text", text),)), known=KNOWN) == [
        (Rule.TOKEN, f"text: {message}")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Beste {contactfield=firstname|collega}, {unsubscribe_text}",
        '<a href="{pagelink=12}">',
        '{dwc=hero} {dynamiccontent="Dynamic Content 1"} {today|long}',
        "{weather=Utrecht} {focus=3} {contactfield=id}",
        "a { b } c {} {1}",
    ],
)
def test_tokens_that_mean_something_are_fine(text):
    known = Known(
        names={**KNOWN.names, "contact field": frozenset({"firstname", "id"})},
        own=KNOWN.own,
    )
    assert [one for one in broken(text, known) if "{today|" not in one] == []


def test_a_mail_without_utm_tags_is_named_unless_mautic_or_the_link_has_them():
    bare = Link(text="blog", href="https://example.org/blog")
    tagged = Link(text="blog", href="https://example.org/blog?utm_source=mail")
    inside = Link(text="meer", href="{pagelink=12}")
    mail = piece(links=(bare, tagged, inside))

    assert says(mail) == [
        (Rule.UTM, "no UTM tags on 1 link, the first to https://example.org/blog")
    ]
    assert says(piece(links=(bare,), has_utm=True)) == []
    assert says(piece(links=(tagged, inside))) == []
    assert says(piece(kind=ContentKind.PAGE, links=(bare,))) == []


def test_what_nobody_was_sent_is_named():
    page = piece(kind=ContentKind.PAGE, reached=0)

    assert says(piece(reached=0), page, piece(number="8", reached=3)) == [
        (Rule.UNSENT, "published, and never sent to anybody"),
        (Rule.UNSENT, "published, and never seen by anybody"),
    ]


def test_content_for_do_needs_a_form_to_sign_up_with():
    page = piece(Phase.DO, ContentKind.PAGE)
    says_so = "content for Do, and no published form by which anybody could sign up"

    assert says(page) == [(Rule.GATE, says_so)]
    assert says(page, piece(Phase.DO, ContentKind.FORM)) == [(Rule.GATE, says_so)]
    assert says(page, piece(Phase.DO, ContentKind.FORM, gate=True)) == []
    draft = piece(Phase.DO, ContentKind.FORM, gate=True, published=False)
    assert says(page, draft) == [(Rule.GATE, says_so)]


def test_every_rule_says_how_to_mend_it():
    assert set(MEND) == set(Rule)


def test_html_is_read_as_people_read_it():
    found = read(
        "<head><style>.vacature{}</style><title>Blog</title></head><p>Lees\n"
        '<a href=" https://example.org/x ">het <b>hele</b> verhaal</a></p>'
        '<img src="/logo.png" alt="Ons logo"><script>job()</script><p>Tot ziens'
    )

    assert found.text == "Blog Lees het hele verhaal Tot ziens Ons logo"
    assert found.links == (Link(text="het hele verhaal", href="https://example.org/x"),)
    assert found.addresses == ("/logo.png",)


@given(st.text())
def test_folding_keeps_the_length_so_that_places_stay_true(text):
    assert len(folded(text)) == len(text)


@given(st.text(), st.text())
def test_a_word_is_found_wherever_it_stands(before, after):
    listed = WordList(id="x", phases=frozenset({Phase.SEE}), words=("vacatúre*",))

    found = list(listed.found_in(f"{before} VACATURES {after}"))

    assert "VACATURES" in found


def test_without_words_nothing_is_forbidden():
    assert says(piece(texts=(("text", "vacature"),)), rules=Lint()) == []
