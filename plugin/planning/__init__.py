"""How many people a goal of hires takes, by phase, and with how much certainty."""
