"""When an act is taken for a machine's: `[humans]` in scoring.toml as values. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanRules:
    """When a click is taken for a machine's (`[humans]`)."""

    #: Distinct links clicked within `burst_seconds` that make a scanner.
    burst_links: int = 4
    burst_seconds: float = 10.0
    #: A click this soon after the send is quarantined.
    too_soon_seconds: float = 3.0
    #: A quarantined click counts after this long without a further sign; 0 = never.
    release_days: float = 0.0
    #: Parts of user agents (lower case) that are machines, beside the library's.
    user_agents: tuple[str, ...] = ()
    #: URL globs no person sees: whoever fetches one is a machine.
    hidden_links: tuple[str, ...] = ()
    #: Two different links of one e-mail clicked this close together are quarantined.
    pair_seconds: float = 1.5
    #: A human sign this soon after a quarantined click releases it.
    sign_minutes: float = 30.0
    #: Different links of one e-mail within `sweep_seconds` that make a sweep.
    sweep_links: int = 5
    sweep_seconds: float = 120.0
    #: A click this soon after the send is one doubt.
    soon_seconds: float = 60.0
    #: The same link fetched again within this time is a double hit.
    double_seconds: float = 1.5
    #: Clicks this soon after the send, in so many e-mails and in this share of those
    #: sent, without ever a page shown: clockwork.
    clockwork_minutes: float = 15.0
    clockwork_mails: int = 3
    clockwork_share: float = 0.75
    #: Parts of names of networks (lower case) of machines, beside those known, ...
    networks: tuple[str, ...] = ()
    #: ... and those that people come from all the same.
    networks_of_people: tuple[str, ...] = ()
    #: Different people of one mail domain clicking in the same e-mail within
    #: `domain_seconds`, and the share of all who ever did: a burst over the domain.
    domain_people: int = 5
    domain_seconds: float = 10.0
    domain_share: float = 0.3
