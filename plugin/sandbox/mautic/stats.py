"""/api/stats: database rows as text, nulls left out, errors with status 200."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from plugin.sandbox.mautic import content, crud, payloads, php
from plugin.sandbox.mautic.model import Answer, Call, Contact, Item
from plugin.sandbox.mautic.resources import category_of
from plugin.sandbox.mautic.search import compare, listed, page
from plugin.sandbox.mautic.state import State

HIT = (
    "browser_languages city code country date_hit date_left device_id email_id id "
    "ip_id isp lead_id organization page_id page_language query redirect_id referer "
    "region remote_host source source_id tracking_id url url_title user_agent"
)
COLUMNS: dict[str, list[str]] = {
    name: columns.split()
    for name, columns in {
        "asset_downloads": "asset_id code date_download email_id id ip_id lead_id "
        "referer source source_id tracking_id utm_campaign utm_content "
        "utm_medium utm_source utm_term",
        "audit_log": "action bundle date_added details id ip_address object "
        "object_id user_id user_name",
        "campaign_lead_event_log": "campaign_id channel channel_id date_triggered "
        "event_id id ip_id is_scheduled lead_id metadata non_action_path_taken "
        "rotation system_triggered trigger_date",
        "campaign_leads": "campaign_id date_added date_last_exited lead_id "
        "manually_added manually_removed rotation",
        "channel_url_trackables": "channel channel_id hits redirect_id unique_hits",
        "companies_leads": "company_id date_added is_primary lead_id",
        "dynamic_content_lead_data": "date_added dynamic_content_id id lead_id slot",
        "dynamic_content_stats": "date_sent dynamic_content_id id last_sent lead_id "
        "sent_count sent_details source source_id tokens",
        "email_stat_replies": "date_replied id message_id stat_id",
        "email_stats": "copy_id date_read date_sent email_address email_id id ip_id "
        "is_failed is_read last_opened lead_id list_id open_count open_details "
        "retry_count source source_id tokens tracking_hash viewed_in_browser ",
        "email_stats_devices": "date_opened device_id id ip_id stat_id",
        "focus_stats": "date_added focus_id id lead_id type type_id",
        "form_submissions": "date_submitted form_id id ip_id lead_id page_id referer "
        "tracking_id",
        "ip_addresses": "id ip_address ip_details",
        "lead_categories": "category_id date_added id lead_id manually_added"
        "manually_removed",
        "lead_companies_change_log": "action_name company_id date_added event_name"
        "id lead_id type",
        "lead_devices": "client_info date_added device device_brand device_model "
        "device_os_name device_os_platform device_os_shortname "
        "device_os_version id lead_id tracking_id",
        "lead_donotcontact": "channel channel_id comments date_added id lead_id reason",
        "lead_event_log": "action bundle date_added id lead_id object object_id "
        "properties user_id user_name",
        "lead_frequencyrules": "channel date_added frequency_number frequency_time "
        "id lead_id pause_from_date pause_to_date preferred_channel",
        "lead_lists_leads": "date_added leadlist_id lead_id manually_added "
        "manually_removed",
        "lead_points_change_log": "action_name date_added delta event_name group_id "
        "id ip_id lead_id type",
        "lead_stages_change_log": "action_name date_added event_name id lead_id "
        "stage_id",
        "lead_utmtags": "date_added id lead_id query referer remote_host url "
        "user_agent utm_campaign utm_content utm_medium utm_source utm_term",
        "page_hits": HIT,
        "page_redirects": "checked_out checked_out_by checked_out_by_user created_by "
        "created_by_user date_added date_modified hits id is_published "
        "modified_by modified_by_user redirect_id unique_hits url",
        "point_lead_action_log": "date_fired ip_id lead_id point_id",
        "point_lead_event_log": "date_fired event_id ip_id lead_id",
        "push_notification_stats": "click_count click_details date_clicked date_read "
        "date_sent id ip_id is_clicked last_clicked lead_id list_id "
        "notification_id retry_count source source_id tokens tracking_hash",
        "sms_message_stats": "date_sent details id ip_id is_failed lead_id list_id "
        "sms_id source source_id tokens tracking_hash",
        "stage_lead_action_log": "date_fired ip_id lead_id stage_id",
        "tweet_stats": "date_sent favorite_count handle id is_failed lead_id "
        "response_details retry_count retweet_count source source_id tweet_id "
        "twitter_tweet_id",
        "video_hits": "browser_languages channel channel_id city code country "
        "date_hit date_left duration guid id ip_id isp lead_id organization "
        "page_language query referer region remote_host time_watched url "
        "user_agent",
        "webhook_logs": "date_added id note runtime status_code webhook_id",
    }.items()
}
UNKNOWN_COLUMN = (
    "An exception occurred while executing a query: SQLSTATE[42S22]: Column not "
    "found: 1054 Unknown column 'e.{name}' in '{clause}'"
)


def _members(state: State) -> list[Item]:
    return list(state.members.values())


def _campaigners(state: State) -> list[Item]:
    return list(state.campaigners.values())


def _addresses(state: State) -> list[Item]:
    details = php.serialize(payloads.IP_DETAILS)
    return [
        row | {"ip_details": details} for row in state.tables["ip_addresses"].values()
    ]


def _do_not_contact(state: State) -> list[Item]:
    return [
        {
            "id": row["id"],
            "lead_id": contact.id,
            "date_added": php.sql(php.read_date(row["dateAdded"])),
            "reason": row["reason"],
            "channel": row["channel"],
            "comments": row["comments"],
        }
        for contact in state.contacts.values()
        for row in contact.dnc
    ]


#: Tables that are views of what is kept elsewhere.
VIEWS: dict[str, Callable[[State], list[Item]]] = {
    "lead_lists_leads": _members,
    "campaign_leads": _campaigners,
    "ip_addresses": _addresses,
    "lead_donotcontact": _do_not_contact,
}


def index(state: State, call: Call, table: str = "") -> Answer:
    """Answer with rows of one table; without or with an unknown one, with the list.

    What the role may not see, or a column nobody knows, is an error with 200.
    """
    if table not in COLUMNS:
        columns = {name: sorted(found) for name, found in COLUMNS.items()}
        return 200, {"availableTables": sorted(COLUMNS), "tableColumns": columns}, {}
    if table in ("audit_log", "ip_addresses") and not call.role["isAdmin"]:
        return (
            200,
            _error("You do not have access to the requested area/action.", 403),
            {},
        )
    wrong = _wrong_column(table, call.query)
    if wrong:
        return 200, _error(wrong, 1054), {}
    view = VIEWS.get(table)
    rows = view(state) if view else state.logs[table]
    found = _ordered(_filtered(rows, call.query), call.query)
    shown = [
        _row(row, COLUMNS[table]) for row in page(found, {"limit": 100} | call.query)
    ]
    return 200, {"total": str(len(found)), "stats": shown}, {}


def _error(message: str, code: int) -> Item:
    return {"errors": [{"message": message, "code": code}]}


def _wrong_column(table: str, query: Item) -> str | None:
    for clause, name in (("WHERE", "where"), ("ORDER BY", "order")):
        for rule in listed(query.get(name)):
            if rule.get("col") not in COLUMNS[table]:
                return UNKNOWN_COLUMN.format(name=rule.get("col"), clause=clause)
    return None


def _filtered(rows: list[Item], query: Item) -> list[Item]:
    found = list(rows)
    for rule in listed(query.get("where")):
        expr, column, want = str(rule.get("expr")), rule["col"], rule.get("val")
        # An expression nobody knows is ignored: the rows come unfiltered.
        found = [r for r in found if compare(expr, r.get(column), want) is not False]
    return found


def _ordered(rows: list[Item], query: Item) -> list[Item]:
    for rule in reversed(listed(query.get("order"))):
        column = rule["col"]
        down = str(rule.get("dir", "ASC")).upper() == "DESC"
        keyed = [(_key(row.get(column)), row) for row in rows]
        keyed.sort(key=itemgetter(0), reverse=down)
        rows = [row for _, row in keyed]
    return rows


def _key(value: Any) -> tuple[bool, float, str]:
    if isinstance(value, (int, float)):
        return True, float(value), ""
    return value is not None, 0.0, str(value or "")


def _row(row: Item, columns: list[str]) -> dict[str, str]:
    return {name: _text(row[name]) for name in columns if row.get(name) is not None}


def _text(value: Any) -> str:
    return php.serialize(value) if isinstance(value, (dict, list)) else str(value)


def submissions(
    state: State, call: Call, entity_id: int, contact_id: int | None = None
) -> Answer:
    """List a form's submissions with their results; none whose results are gone."""
    form = crud.require(state, content.FORMS, entity_id)
    rows = [
        row
        for row in state.logs["form_submissions"]
        if row["form_id"] == entity_id
        and contact_id in (None, row["lead_id"])
        and row["results"] is not None
    ]
    shown: Any = [_submission(state, form, row) for row in page(rows, call.query)]
    return 200, {"total": str(len(rows)), "submissions": shown or {}}, {}


def _submission(state: State, form: Item, row: Item) -> Item:
    contact = state.contact(row["lead_id"])
    return {
        "id": row["id"],
        "ipAddress": {
            "ipAddress": state.tables["ip_addresses"][row["ip_id"]]["ip_address"]
        },
        "form": {key: form[key] for key in ("id", "name", "alias")}
        | {"category": category_of(state, form)},
        "lead": contact and _lead(contact),
        "trackingId": row["tracking_id"],
        "dateSubmitted": php.iso(php.read_date(row["date_submitted"])),
        "referer": row["referer"],
        "page": None,
        "results": row["results"],
    }


def _lead(contact: Contact) -> Item:
    values = {alias: contact.values.get(alias) for alias in payloads.TOP_LEVEL}
    return {"id": contact.id, "points": contact.points, "color": None} | values
