"""This plugin runs beside Mautic, not inside it: it speaks REST and webhooks.

A Mautic developer will look for PHP here; there is none. What is decided and
done in Mautic and the ATS lives in this package; what arrives, in `webhooks`.
"""
