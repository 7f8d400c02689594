"""The admin's policy: read from `mappings/`, checked, frozen."""
