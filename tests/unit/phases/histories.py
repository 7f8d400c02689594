"""Random histories: what people, machines and the ATS may do over half a year."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.golden.build import History, day, shipped

#: What is shipped, but quarantine ends by itself: one more thing that time does.
RULES = replace(
    shipped(),
    scoring=replace(
        shipped().scoring, humans=replace(shipped().scoring.humans, release_days=2)
    ),
)

CATEGORIES = ("see-security", "think-security", "think-cloud", "do", "")
MAILS = {
    "Aflevering": "see-security",
    "Doe mee": "think-cloud",
    "Werken bij": "do",
}

#: What a person does, or a machine, or the ATS: day, verb, what, category.
Deed = tuple[float, str, str, str]


def _days(most: int) -> st.SearchStrategy[float]:
    """Draw days in whole minutes, so that different acts may share a moment."""
    return st.integers(0, most * 24 * 60).map(lambda minutes: minutes / (24 * 60))


def _deeds(most: int) -> st.SearchStrategy[Deed]:
    days = _days(most)
    visit = st.tuples(
        days,
        st.sampled_from(("visits", "downloads", "watches")),
        st.sampled_from(("Een", "Twee", "Drie")),
        st.sampled_from(CATEGORIES),
    )
    form = st.tuples(
        days,
        st.just("submits"),
        st.sampled_from(("Nieuwsbrief", "Aanmelden", "Vragen")),
        st.just(""),
    )
    mail = st.tuples(
        days,
        st.sampled_from(("clicks", "is sent", "opens")),
        st.sampled_from(tuple(MAILS)),
        st.just(""),
    )
    news = st.tuples(
        days,
        st.sampled_from(("is hired", "is rejected", "is unhired", "ends assignment")),
        st.just(""),
        st.just(""),
    )
    machine = st.tuples(
        days, st.sampled_from(("scans", "rushes")), st.just("Doe mee"), st.just("")
    )
    return st.one_of(visit, visit, visit, mail, form, news, machine)


def _add(history: History, act: Deed) -> None:
    number, verb, what, category = act
    if verb == "scans":
        for seconds in range(5):
            _click(history, number, what, f"link-{seconds}", seconds)
    elif verb == "rushes":
        history.add(number, "is sent", what, category=MAILS[what])
        _click(history, number, what, "link", 1)
    elif verb == "clicks":
        history.add(number, verb, f"link-{what}", by=what, category=MAILS[what])
    elif verb in ("is sent", "opens"):
        history.add(number, verb, what, category=MAILS[what])
    else:
        name = f"{what} {category}" if category else what
        history.add(number, verb, name, category=category)


def _click(
    history: History, number: float, mail: str, link: str, seconds: float
) -> None:
    category = MAILS[mail]
    history.add(number, "clicks", link, by=mail, category=category, seconds=seconds)


def _history(acts: list[Deed]) -> History:
    history = History()
    for act in acts:
        _add(history, act)
    return history


def _moments(most: int) -> st.SearchStrategy[datetime]:
    return _days(most).map(day)


#: Half a year in which little or much happens.
SPARSE = st.lists(_deeds(180), max_size=25).map(_history)

#: A month in which much happens.
LIVELY = st.lists(_deeds(30), min_size=8, max_size=30).map(_history)

HISTORIES = st.one_of(SPARSE, LIVELY)
MOMENTS = st.one_of(_moments(400), _moments(60))

#: Moments at which somebody lively is mostly not in See.
SOON = _moments(20).map(lambda moment: moment + timedelta(days=25))
