"""The look-alike's GraphQL and its Keycloak realm."""

import threading
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    graphql_sync,
)

from plugin.sandbox.carerix.qualifier import Unreadable, parse
from plugin.sandbox.carerix.state import Record, State
from plugin.sandbox.faults import WSGI, Faults, breaking

CLIENT, SECRET, TOKEN = "stdc", "sandbox-client-secret", "sandbox-access-token"
SCOPE = "urn:cx/graphql:data:manage"
SCHEMA = """
scalar Map
input Pageable { page: Int, size: Int }
input Ref { _id: ID! }
input CREmployeeRequest {
  _kind: String!, firstName: String, lastName: String, lastNamePrefix: String
  emailAddress: String, emailAddressBusiness: String, phoneNumber: String
  mobileNumber: String, city: String, linkedInURL: String, engagementScore: Int
  additionalInfo: Map
}
input CRApplicationRequest {
  _kind: String!, employee: Ref!, vacancy: Ref!, motivation: String
}
input CRToDoRequest { _kind: String!, employee: Ref!, subject: String, notes: String }
type CRDataNode { _id: ID!, value: String }
type CRVacancy { _id: ID!, vacancyID: Int }
type CRApplication { _id: ID!, vacancy: CRVacancy }
type CRToDo { _id: ID!, subject: String, notes: String }
type CRMatch { _id: ID!, employee: CREmployee, statusNode: CRDataNode }
type CRJob { _id: ID!, employee: CREmployee, startDate: String, endDate: String }
type CREmployee {
  _id: ID!, employeeID: Int, firstName: String, lastName: String
  lastNamePrefix: String, emailAddress: String, emailAddressBusiness: String
  phoneNumber: String, mobileNumber: String, city: String, linkedInURL: String
  engagementScore: Int, additionalInfo: Map, modificationDate: String
  applications: [CRApplication], matches: [CRMatch], jobs: [CRJob], toDos: [CRToDo]
}
type CREmployeePage { totalElements: Int, items: [CREmployee] }
type Query {
  crEmployeePage(qualifier: String, pageable: Pageable): CREmployeePage
  crEmployee(_id: ID!): CREmployee
  crMatch(_id: ID!): CRMatch
  crJob(_id: ID!): CRJob
}
type Mutation {
  crEmployeeCreate(dedupe: Boolean, request: CREmployeeRequest!): CREmployee
  crEmployeeUpdate(_id: ID!, request: CREmployeeRequest!): CREmployee
  crApplicationCreate(request: CRApplicationRequest!): CRApplication
  crToDoCreate(request: CRToDoRequest!): CRToDo
}
"""


#: Nothing but the request itself is handed along.
Info = GraphQLResolveInfo[Any]


class Root:
    """Answers the queries and mutations."""

    def __init__(self, state: State) -> None:
        """Take what the tenant holds."""
        self._state = state

    def crEmployeePage(  # noqa: N802 -- Carerix's names
        self, _info: Info, qualifier: str = "", pageable: Any = None
    ) -> Record:
        """Find employees by a qualifier."""
        try:
            test = parse(qualifier)
        except Unreadable as error:
            raise _error(f"Invalid qualifier: {error}", "BAD_REQUEST") from error
        found = [one for one in self._state.employees.values() if test(one)]
        size = (pageable or {}).get("size", 20)
        start = (pageable or {}).get("page", 0) * size
        return {"totalElements": len(found), "items": found[start : start + size]}

    def crEmployee(self, _info: Info, _id: str) -> Record | None:  # noqa: N802
        """Read an employee; null when there is none."""
        return self._state.employees.get(_id)

    def crMatch(self, _info: Info, _id: str) -> Record | None:  # noqa: N802
        """Read a match."""
        return self._of("matches", _id)

    def crJob(self, _info: Info, _id: str) -> Record | None:  # noqa: N802
        """Read a placement."""
        return self._of("jobs", _id)

    def crEmployeeCreate(  # noqa: N802
        self,
        _info: Info,
        request: Record,
        dedupe: bool = False,  # noqa: FBT001, FBT002 -- as in the query
    ) -> Record:
        """Add an employee."""
        return self._state.create(dict(request), dedupe=dedupe)

    def crEmployeeUpdate(  # noqa: N802
        self, _info: Info, _id: str, request: Record
    ) -> Record:
        """Change an employee."""
        there = self._there(_id)
        self._state.write(there, dict(request))
        return there

    def crApplicationCreate(  # noqa: N802
        self, _info: Info, request: Record
    ) -> Record:
        """Let an employee apply."""
        there = self._there(request["employee"]["_id"])
        vacancy = self._state.vacancies.get(request["vacancy"]["_id"])
        if vacancy is None:
            raise _error("CRVacancy not found", "NOT_FOUND")
        made = {"_id": self._state.number(), "vacancy": vacancy}
        there["applications"].append(made)
        self._state.touch(there)
        return made

    def crToDoCreate(self, _info: Info, request: Record) -> Record:  # noqa: N802
        """Leave a to-do."""
        there = self._there(request["employee"]["_id"])
        kept = {key: request.get(key) for key in ("subject", "notes")}
        made = {"_id": self._state.number(), **kept}
        there["toDos"].append(made)
        return made

    def _there(self, number: str) -> Record:
        found = self._state.employees.get(number)
        if found is None:
            raise _error("CREmployee not found", "NOT_FOUND")
        return found

    def _of(self, what: str, number: str) -> Record | None:
        everything = (
            one for employee in self._state.employees.values() for one in employee[what]
        )
        return next((one for one in everything if one["_id"] == number), None)


def create_app(state: State, faults: Faults) -> WSGI:
    """Build the app around one tenant."""
    app = Flask("plugin.sandbox.carerix")
    schema, root = build_schema(SCHEMA), Root(state)
    lock = threading.Lock()

    @app.post("/auth/realms/<realm>/protocol/openid-connect/token")
    def token(realm: str) -> ResponseReturnValue:  # noqa: ARG001 -- one tenant
        given = request.authorization
        if given is None or (given.username, given.password) != (CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        if request.form.get("scope") != SCOPE:
            return {"error": "invalid_scope"}, 400
        return {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}

    @app.post("/graphql/v1/graphql")
    def graphql() -> ResponseReturnValue:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return {"error": "invalid_token"}, 401
        with lock:
            return _answer(schema, root, request.get_json())

    return breaking(app.wsgi_app, faults)


def _answer(schema: GraphQLSchema, root: Root, asked: Record) -> ResponseReturnValue:
    """Answer with 200 whatever happens: errors stand in the body."""
    done = graphql_sync(
        schema, asked["query"], root, variable_values=asked.get("variables")
    )
    body: Record = {"data": done.data}
    if done.errors:
        body["errors"] = [
            {
                "message": one.message,
                "extensions": one.extensions or {"classification": "ValidationError"},
            }
            for one in done.errors
        ]
    return body


def _error(message: str, kind: str) -> GraphQLError:
    return GraphQLError(message, extensions={"classification": kind})
