"""The project calendar as frozen values: what projects.toml says, checked. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project in the calendar (`[[projects]]` in projects.toml)."""

    id: str
    name: str
    topic: str
    #: First day of the month it starts in.
    start: date
    place: str = ""
    #: Hours a week.
    hours: float | None = None
    urls: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name, place and hours, as far as they are known."""
        hours = f"{self.hours:g}h" if self.hours else ""
        told = ", ".join(one for one in (self.place, hours) if one)
        return f"{self.name} ({told})" if told else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Projects:
    """projects.toml; the file may be left out."""

    projects: tuple[Project, ...] = ()
    #: Contact field alias in which people say when they are available.
    answer_field: str | None = None
    #: The same for fields of forms.
    answer_form_fields: tuple[str, ...] = ()
    #: A look at a project is a sign for so long.
    sign_days: float = 90.0
    #: Probable from so many looks at one month's projects ...
    probable_looks: int = 2
    #: ... with this share of all looks.
    probable_share: float = 0.6
