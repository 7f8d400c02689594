"""What a tenant of Carerix holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Record = dict[str, Any]


@dataclass
class State:
    """Employees with their matches, jobs and to-dos, and what was mailed."""

    clock: Callable[[], datetime]
    employees: dict[str, Record] = field(default_factory=dict)
    vacancies: dict[str, Record] = field(
        default_factory=lambda: {"31": {"_id": "31", "vacancyID": 1031}}
    )
    #: Addresses that were mailed: a status that is set may do that.
    mails: list[str] = field(default_factory=list)
    _last: int = 7000

    def number(self) -> str:
        """Give the next id; ids are text."""
        self._last += 1
        return str(self._last)

    def now(self) -> str:
        """Write the time as Carerix does, with its zone."""
        return self.clock().isoformat()

    def create(self, request: Record, *, dedupe: bool) -> Record:
        """Add an employee; with `dedupe` one with this address is given instead."""
        address = str(request.get("emailAddress") or "").lower()
        if dedupe and address:
            for one in self.employees.values():
                if str(one.get("emailAddress") or "").lower() == address:
                    return one
        number = self.number()
        made: Record = {
            "_id": number,
            "employeeID": int(number),
            "additionalInfo": {},
            "applications": [],
            "matches": [],
            "jobs": [],
            "toDos": [],
        }
        self.employees[number] = made
        self.write(made, request)
        return made

    def write(self, employee: Record, request: Record) -> None:
        """Write what is given; additional fields one by one, with or without `_`."""
        extra = request.pop("additionalInfo", None) or {}
        request.pop("_kind", None)
        employee.update(request)
        for key, value in extra.items():
            employee["additionalInfo"][f"_{str(key).lstrip('_')}"] = value
        self.touch(employee)

    def touch(self, employee: Record) -> None:
        """Note that somebody was changed just now."""
        employee["modificationDate"] = self.now()

    def match(self, employee: Record, status: str) -> Record:
        """Match somebody with the vacancy, or set the status of their match."""
        if not employee["matches"]:
            made = {"_id": self.number(), "employee": employee}
            employee["matches"].append(made)
        one: Record = employee["matches"][0]
        one["statusNode"] = {"_id": str(sum(status.encode())), "value": status}
        if employee.get("emailAddress"):
            self.mails.append(employee["emailAddress"])
        self.touch(employee)
        return one
