"""A domain's scanner clicks for everybody at once; colleagues do not."""

from plugin.history.clicks import SECOND
from plugin.history.domains import MailClick, bursts, domain_of
from plugin.mappings.humans import HumanRules

RULES = HumanRules()


def clicks(seconds, domain="acme.example", mail="1"):
    return [
        MailClick(person_id=person, domain=domain, mail=mail, at=round(at * SECOND))
        for person, at in enumerate(seconds)
    ]


def test_everybody_within_seconds_is_a_burst():
    found = bursts(clicks([0, 1, 2, 3, 4, 3600]), RULES)

    assert found == {"acme.example": ((0, 4 * SECOND),)}


def test_a_few_colleagues_are_none():
    assert bursts(clicks([0, 1, 2, 3, 3600]), RULES) == {}


def test_few_of_many_are_none():
    spread = [60 * number for number in range(1, 100)]

    assert bursts(clicks([0, 1, 2, 3, 4, *spread]), RULES) == {}


def test_one_person_clicking_often_is_none():
    often = [
        MailClick(person_id=7, domain="acme.example", mail="1", at=number)
        for number in range(50)
    ]

    assert bursts(often, RULES) == {}


def test_each_domain_and_each_mail_is_measured_by_itself():
    two = [*clicks([0, 1, 2], mail="1"), *clicks([0, 1, 2], mail="2")]

    assert bursts([*two, *clicks([0, 1, 2], domain="other.example")], RULES) == {}


def test_a_long_burst_is_one_stretch():
    found = bursts(clicks(range(0, 40, 2)), HumanRules(domain_share=0.2))

    assert found == {"acme.example": ((0, 38 * SECOND),)}


def test_the_domain_of_an_address():
    assert domain_of("Anna@Acme.Example ") == "acme.example"
    assert domain_of(None) == ""
    assert domain_of("anna") == ""
