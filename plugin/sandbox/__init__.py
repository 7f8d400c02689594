"""The look-alikes of Mautic and the ATS, and the people who play in them."""
