"""E-mails, landing pages, forms and assets: what a visitor meets."""

import copy
import re
from typing import Any

from plugin.sandbox.mautic.crud import Resource, by_name
from plugin.sandbox.mautic.model import Call, Item, crash, invalid
from plugin.sandbox.mautic.resources import category_of, slug, with_category
from plugin.sandbox.mautic.search import listed
from plugin.sandbox.mautic.state import State

#: What Mautic adds to every e-mail made by REST.
DYNAMIC_CONTENT: list[Item] = [
    {
        "tokenName": "Dynamic Content 1",
        "content": "Default Dynamic Content",
        "filters": [
            {
                "content": None,
                "filters": [
                    {
                        "glue": None,
                        "field": None,
                        "object": None,
                        "type": "Symfony\\Component\\Form\\Extension\\Core"
                        "\\Type\\TextType",
                        "operator": None,
                        "display": None,
                        "filter": None,
                    }
                ],
            }
        ],
    }
]
UTM_TAGS = ("utmSource", "utmMedium", "utmCampaign", "utmContent")
FIELD: Item = {
    "label": None,
    "showLabel": True,
    "alias": None,
    "type": None,
    "defaultValue": None,
    "isRequired": False,
    "validationMessage": None,
    "helpMessage": None,
    "order": 1,
    "properties": [],
    "validation": [],
    "parent": None,
    "conditions": [],
    "labelAttributes": None,
    "inputAttributes": None,
    "containerAttributes": None,
    "leadField": None,
    "saveResult": True,
    "isAutoFill": False,
    "mappedObject": None,
    "mappedField": None,
}
VARIANTS: Item = {
    "variantStartDate": None,
    "variantParent": None,
    "variantChildren": [],
    "translationParent": None,
    "translationChildren": [],
}
DATES: Item = {"publishUp": None, "publishDown": None}


def _category(state: State, body: Item) -> Item:
    if "category" not in body or body["category"] in (None, ""):
        return {}
    number = int(body["category"])
    if number not in state.tables["categories"]:
        raise crash()
    return {"category": number}


def _check_email(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    columns = _category(state, body)
    if row is None or "utmTags" in body:
        given = body.get("utmTags") or {}
        columns["utmTags"] = {name: given.get(name) for name in UTM_TAGS}
    if "lists" in body:
        columns["lists"] = [int(number) for number in listed(body["lists"])]
    if row is None:
        columns["dynamicContent"] = copy.deepcopy(DYNAMIC_CONTENT)
        if body.get("emailType") == "list" and not body.get("lists"):
            raise invalid({"lists": "At least one segment is required."})
    return columns


def email(state: State, row: Item) -> Item:
    """Show an e-mail as REST and email_on_send do."""
    segments = [
        state.tables["segments"][number]
        for number in row["lists"]
        if number in state.tables["segments"]
    ]
    keys = ["id", "name", "publicName", "alias", "description", "category"]
    lists = [
        {"createdByUser": s["createdByUser"], "modifiedByUser": s["modifiedByUser"]}
        | {key: s[key] for key in keys}
        for s in segments
    ]
    shown = {key: value for key, value in row.items() if key not in _HIDDEN}
    return shown | {"category": category_of(state, row), "lists": lists}


_HIDDEN = ("uniqueReaders", "readers")
STAMPS = [
    "isPublished",
    "dateAdded",
    "dateModified",
    "createdBy",
    "createdByUser",
    "modifiedBy",
    "modifiedByUser",
]


def email_inside(state: State, row: Item) -> Item:
    """Show an e-mail inside a hit or a statistic: its category is `[]` when set."""
    shown = email(state, row)
    for name in STAMPS:
        del shown[name]
    return shown | {"category": stripped(row)}


def stripped(row: Item) -> list[Any] | None:
    """Show a category as webhooks do: `[]` when there is one, null when not."""
    return [] if row.get("category") else None


def _check_page(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    columns = _category(state, body)
    if row is None:
        taken = {page["alias"] for page in state.tables["pages"].values()}
        columns["alias"] = slug(str(body.get("alias") or body["title"]), taken)
    return columns


def _check_form(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    columns = _category(state, body)
    if row is None or "fields" in body:
        fields = listed(body.get("fields"))
        columns["fields"] = [_form_field(state, n, f) for n, f in enumerate(fields, 1)]
    if row is None or "actions" in body:
        actions = listed(body.get("actions"))
        columns["actions"] = [
            _form_action(state, n, a) for n, a in enumerate(actions, 1)
        ]
    if row is None:
        # The alias sent is ignored: it is made from the name, 10 characters.
        columns["alias"] = re.sub(r"[^a-z0-9]+", "_", str(body["name"]).lower())[
            :10
        ].strip("_")
    return columns


def _form_field(state: State, order: int, item: Item) -> Item:
    given = {key: item[key] for key in FIELD if key in item}
    mapped = item.get("mappedField") or item.get("leadField")
    return (
        copy.deepcopy(FIELD)
        | given
        | {
            "id": item.get("id") or state.next("form_fields"),
            "order": order,
            "leadField": item.get("leadField") or mapped,
            "mappedField": mapped,
        }
    )


def _form_action(state: State, order: int, item: Item) -> Item:
    return {
        "id": item.get("id") or state.next("form_actions"),
        "name": item.get("name"),
        "description": item.get("description"),
        "type": item.get("type"),
        "order": order,
        "properties": {"group": None} | (item.get("properties") or {}),
    }


def _form(state: State, row: Item) -> Item:
    html = (
        f'<form method="post" action="{state.site_url}/form/submit?formId={row["id"]}">'
        f'<input type="hidden" name="mauticform[formId]" value="{row["id"]}"></form>'
    )
    return with_category(state, row) | {"cachedHtml": html}


def _stamp_form(state: State, call: Call, row: Item) -> None:
    state.touch(row, call.actor)


def _check_asset(state: State, _call: Call, body: Item, row: Item | None) -> Item:
    columns = _category(state, body)
    if row is None:
        taken = {asset["alias"] for asset in state.tables["assets"].values()}
        columns["alias"] = slug(str(body.get("alias") or body["title"]), taken)
        path = str(body.get("file") or body.get("remotePath") or "")
        columns["extension"] = path.rpartition(".")[2] if "." in path else ""
    return columns


def _asset(state: State, row: Item) -> Item:
    url = f"{state.site_url}/asset/{row['id']}:{row['alias']}"
    return with_category(state, row) | {"downloadUrl": url}


EMAILS = Resource(
    path="emails",
    one="email",
    many="emails",
    table="emails",
    keyed=True,
    columns={
        "name": None,
        "subject": None,
        "language": "en",
        "category": None,
        "fromAddress": None,
        "fromName": None,
        "replyToAddress": None,
        "bccAddress": None,
        "useOwnerAsMailer": None,
        "utmTags": None,
        "customHtml": None,
        "plainText": None,
        "template": None,
        "emailType": "template",
        "publicPreview": False,
        "readCount": 0,
        "sentCount": 0,
        "revision": 1,
        "assetAttachments": [],
        "variantSentCount": 0,
        "variantReadCount": 0,
        "unsubscribeForm": None,
        "dynamicContent": [],
        "lists": [],
        "headers": [],
    }
    | DATES
    | VARIANTS,
    required={"subject": "A subject is required."},
    check=_check_email,
    shape=email,
    order=by_name,
    modified_when_new=True,
)
PAGES = Resource(
    path="pages",
    one="page",
    many="pages",
    table="pages",
    columns={
        "title": None,
        "alias": None,
        "category": None,
        "language": "en",
        "hits": 0,
        "uniqueHits": 0,
        "variantHits": 0,
        "revision": 1,
        "metaDescription": None,
        "redirectType": None,
        "redirectUrl": None,
        "isPreferenceCenter": None,
        "noIndex": None,
        "variantSettings": [],
        "template": None,
        "customHtml": None,
    }
    | DATES
    | VARIANTS,
    required={"title": "A title is required."},
    check=_check_page,
    shape=with_category,
    order=by_name,
)
FORMS = Resource(
    path="forms",
    one="form",
    many="forms",
    table="forms",
    columns={
        "name": None,
        "alias": None,
        "category": None,
        "description": None,
        "cachedHtml": None,
        "fields": [],
        "actions": [],
        "template": None,
        "inKioskMode": False,
        "renderStyle": False,
        "formType": "standalone",
        "postAction": "return",
        "postActionProperty": None,
        "noIndex": None,
        "formAttributes": None,
        "language": None,
    }
    | DATES,
    required={"name": "A name is required."},
    check=_check_form,
    shape=_form,
    order=by_name,
    modified_when_new=True,
    after=_stamp_form,
)
ASSETS = Resource(
    path="assets",
    one="asset",
    many="assets",
    table="assets",
    columns={
        "title": None,
        "alias": None,
        "category": None,
        "description": None,
        "language": "en",
        "downloadCount": 0,
        "uniqueDownloadCount": 0,
        "revision": 1,
        "extension": "",
        "mime": "text/plain",
        "size": 2,
        "downloadUrl": None,
        "storageLocation": "local",
        "disallow": True,
    }
    | DATES,
    required={"title": "A title is required."},
    check=_check_asset,
    shape=_asset,
    order=by_name,
)
