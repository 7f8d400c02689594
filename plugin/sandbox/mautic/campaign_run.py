"""Campaigns at work: the two crons, and decisions made in a visitor's request."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatch
from typing import Any

from plugin.sandbox.mautic import campaigns, php
from plugin.sandbox.mautic.campaign_actions import ACTIONS, CONDITIONS
from plugin.sandbox.mautic.model import Contact, Item
from plugin.sandbox.mautic.state import State

LOG = "campaign_lead_event_log"
UNITS = {
    "i": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "m": timedelta(days=30),
    "y": timedelta(days=365),
}


@dataclass(frozen=True)
class Journey:
    """One contact on its way through one campaign, for the n-th time."""

    campaign: Item
    contact: Contact
    rotation: int

    def entry(self, state: State, event: Item) -> Item | None:
        """Find the log row of one event on this journey."""
        return state.journeys.get((event["id"], self.contact.id, self.rotation))

    def log(self, state: State, event: Item) -> Item:
        """Write the log row of one event."""
        row = state.log(
            LOG,
            event_id=event["id"],
            lead_id=self.contact.id,
            campaign_id=self.campaign["id"],
            rotation=self.rotation,
            date_triggered=php.sql(state.now()),
            is_scheduled=0,
            system_triggered=1,
            metadata={},
            non_action_path_taken=0,
        )
        state.journeys[event["id"], self.contact.id, self.rotation] = row
        return row

    def children(self, event: Item, path: str | None) -> Iterator[Item]:
        """List the events that follow one on a path: None, yes or no."""
        for child in self.campaign["events"]:
            if child["parent"] == event["id"] and child["decisionPath"] == path:
                yield child


def update(state: State) -> int:
    """Copy segment membership into campaign membership; tell how many changed."""
    changes = 0
    for campaign in list(state.tables["campaigns"].values()):
        if campaign["isPublished"]:
            changes += _update(state, campaign)
    return changes


def _update(state: State, campaign: Item) -> int:
    wanted = {
        contact
        for (segment, contact), row in state.members.items()
        if segment in campaign["lists"] and not row["manually_removed"]
    }
    changes = 0
    for number in sorted(wanted):
        row = state.campaigners.get((campaign["id"], number))
        if not (row and row["removed_by_hand"]):
            changes += campaigns.join(
                state, campaign, state.contacts[number], manual=False
            )
    for (campaign_id, number), row in list(state.campaigners.items()):
        mine = campaign_id == campaign["id"] and number not in wanted
        if mine and not row["manually_added"] and not row["manually_removed"]:
            campaigns.leave(state, campaign, state.contacts[number], manual=False)
            changes += 1
    return changes


def trigger(state: State) -> int:
    """Start what waits and run what is due; tell how many actions ran."""
    before = _ran(state)
    for campaign in list(state.tables["campaigns"].values()):
        if campaign["isPublished"]:
            for way in list(_journeys(state, campaign)):
                _start(state, way)
            _run_due(state, campaign)
    return _ran(state) - before


def _ran(state: State) -> int:
    return sum(not row["is_scheduled"] for row in state.logs[LOG])


def _journeys(state: State, campaign: Item) -> Iterator[Journey]:
    for (campaign_id, number), row in state.campaigners.items():
        contact = state.contacts.get(number)
        if campaign_id == campaign["id"] and not row["manually_removed"] and contact:
            yield Journey(campaign, contact, row["rotation"])


def _start(state: State, way: Journey) -> None:
    for event in way.campaign["events"]:
        if event["parent"] is None and event["eventType"] != "decision":
            _arrive(state, way, event)


def _arrive(state: State, way: Journey, event: Item) -> None:
    if way.entry(state, event) is not None:
        return
    wait = _wait(event)
    row = way.log(state, event)
    if wait:
        row |= {"is_scheduled": 1, "trigger_date": php.sql(state.now() + wait)}
    else:
        _run(state, way, event, row)


def _wait(event: Item) -> timedelta:
    if event["triggerMode"] != "interval":
        return timedelta()
    unit = UNITS[event["triggerIntervalUnit"] or "d"]
    return unit * int(event["triggerInterval"] or 0)


def _run_due(state: State, campaign: Item) -> None:
    events = {event["id"]: event for event in campaign["events"]}
    now = php.sql(state.now()) or ""
    for row in list(state.logs[LOG]):
        contact = state.contacts.get(row["lead_id"])
        event = events.get(row["event_id"])
        if row["is_scheduled"] and contact and event and row["trigger_date"] <= now:
            row |= {"is_scheduled": 0, "date_triggered": now}
            _run(state, Journey(campaign, contact, row["rotation"]), event, row)


def _run(state: State, way: Journey, event: Item, row: Item) -> None:
    path = None
    if event["eventType"] == "condition":
        condition = CONDITIONS.get(event["type"])
        met = condition and condition(state, way.contact, event["properties"])
        path = "yes" if met else "no"
        row["non_action_path_taken"] = int(not met)
    else:
        action = ACTIONS.get(event["type"])
        problem = action(state, event, way.contact) if action else "unknown action"
        row["metadata"] = {"failed": 1, "reason": problem} if problem else {}
        row |= {"channel": event["channel"], "channel_id": event["channelId"]}
    _go_on(state, way, event, path)


def _go_on(state: State, way: Journey, event: Item, path: str | None) -> None:
    for child in way.children(event, path):
        if child["eventType"] != "decision":
            _arrive(state, way, child)
            continue
        # The clocks of a decision's "no" path start now: "if not within ...".
        for other in way.children(child, "no"):
            _arrive(state, way, other)


def decide(state: State, contact: Contact, kind: str, what: Any) -> None:
    """Tell waiting decisions that a contact did something; runs their "yes" path.

    `what` is the id of the e-mail, form or asset, or the URL of the page.
    """
    for campaign in list(state.tables["campaigns"].values()):
        row = state.campaigners.get((campaign["id"], contact.id))
        if not campaign["isPublished"] or row is None or row["manually_removed"]:
            continue
        way = Journey(campaign, contact, row["rotation"])
        for event in campaign["events"]:
            if event["type"] == kind and _awaited(state, way, event, what):
                way.log(state, event)["system_triggered"] = 0
                _go_on(state, way, event, "yes")


def _awaited(state: State, way: Journey, event: Item, what: Any) -> bool:
    if way.entry(state, event) is not None:
        return False
    events = {other["id"]: other for other in way.campaign["events"]}
    parent = events.get(event["parent"])
    if parent is not None:
        row = way.entry(state, parent)
        if row is None or row["is_scheduled"]:
            return False
    return _is_meant(event, parent, what)


def _is_meant(event: Item, parent: Item | None, what: Any) -> bool:
    properties = event["properties"] or {}
    if event["type"].startswith("email."):
        sent = parent["properties"].get("email") if parent else None
        return int(sent or 0) == int(what)
    if event["type"] == "page.pagehit":
        patterns = str(properties.get("url") or "*").split(",")
        return any(fnmatch(str(what), pattern.strip()) for pattern in patterns)
    wanted = properties.get("forms") or properties.get("assets") or [what]
    return int(what) in [int(number) for number in wanted]
