"""A stateful look-alike of Odoo Recruitment, 18 and 19, as recorded."""
