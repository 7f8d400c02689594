"""Fields that go the other way: what a recruiter fills in shows in Mautic."""

from dataclasses import replace

import pytest

from plugin.mappings.ats import AtsField
from tests.contract.ats.pipeline.house import told

PHONE = AtsField(
    target="mobile",
    direction="to_mautic",
    source="partner_phone",
    transform=("phone",),
    write="if_empty",
)


def back(house, *fields):
    """Let the mapping of odoo bring these to Mautic too."""
    mapping = house.parts.mappings.ats["odoo"]
    changed = replace(mapping, fields=(*mapping.fields, *fields))
    every = {**house.parts.mappings.ats, "odoo": changed}
    house.parts.mappings = replace(house.parts.mappings, ats=every)


def fills_in(house, ref, **values):
    """Be the recruiter, who fills in a candidate."""
    house.clock.wait(seconds=5)
    there = house.parts.connectors["odoo"]._db
    there.call(there.person, "write", [int(ref)], vals=values)


def wanted(house, contact_id=12):
    return house._state(contact_id).wanted["fields"]


@pytest.fixture
def handed(odoo):
    back(odoo, PHONE)
    odoo.sign_up()
    odoo.work()
    told(odoo)
    return odoo


def test_what_a_recruiter_fills_in_goes_to_mautic(handed):
    assert "mobile" not in wanted(handed)
    fills_in(handed, handed.ref(), partner_phone="06 12345678")

    told(handed)
    handed.clock.wait(hours=2)
    told(handed)

    assert wanted(handed)["mobile"] == "+31612345678"


def test_what_stands_in_mautic_stays_where_the_mapping_says_so(handed):
    fills_in(handed, handed.ref(), partner_phone="06 12345678")
    handed.clock.wait(hours=2)
    told(handed)
    handed.meet(mobile="+31687654321")

    assert "mobile" not in wanted(handed)
    handed.meet(mobile="+31612345678")
    assert wanted(handed)["mobile"] == "+31612345678"


def test_it_is_never_sent_back_to_the_ats(handed):
    fields = handed.parts.mappings.ats["odoo"]

    assert PHONE not in fields.sent
    assert PHONE in fields.pulled


def test_an_ats_that_cannot_be_read_is_left_alone(partner):
    mapping = partner.parts.mappings.ats["webhook"]
    every = {
        **partner.parts.mappings.ats,
        "webhook": replace(mapping, fields=(*mapping.fields, PHONE)),
    }
    partner.parts.mappings = replace(partner.parts.mappings, ats=every)
    partner.sign_up()
    partner.work()

    assert partner.ats.hire(partner.ref()) == 200
    told(partner)

    assert partner.shown()[0] == "hired"
    assert "mobile" not in wanted(partner)
