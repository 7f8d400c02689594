"""A look-alike of Odoo Recruitment 18 and 19, as far as we speak to it."""
