"""Mautic over REST: one client, and one module per resource."""
