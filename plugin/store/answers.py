"""What people answered about candidates: hand over or not, and who is who there."""

from collections.abc import Collection

from sqlalchemy import delete, select

from plugin.phases.gate import Answer
from plugin.store.identity import Identity
from plugin.store.repository import AnyRow, Repository
from plugin.store.tables import answers, contacts


class Answers(Repository):
    """The answers within one transaction; the newest of each question counts."""

    def put(self, answer: Answer) -> None:
        """Keep an answer instead of the one before."""
        identity = Identity(self._connection, self._clock)
        identity.person_of(answer.contact_id, self._clock())
        self._upsert(
            answers,
            [{name: getattr(answer, name) for name in answers.c.keys()}],  # noqa: SIM118 -- columns iterate as columns
        )

    def get(self, question: str, person_id: int) -> Answer | None:
        """Read what was last answered about a person."""
        return self.of_people(question, [person_id]).get(person_id)

    def of_people(
        self, question: str, person_ids: Collection[int]
    ) -> dict[int, Answer]:
        """Read what was last answered about many persons, of those it was."""
        if not person_ids:
            return {}
        query = (
            select(contacts.c.person_id, *answers.c)
            .join(contacts, contacts.c.contact_id == answers.c.contact_id)
            .where(answers.c.question == question)
            .order_by(answers.c.at, answers.c.contact_id)
        )
        rows = self._where_in(query, contacts.c.person_id, person_ids)
        return {row.person_id: _answer(row) for row in rows}

    def of_person(self, person_id: int) -> dict[str, Answer]:
        """Read the last answer to each question about a person."""
        query = (
            select(answers)
            .join(contacts, contacts.c.contact_id == answers.c.contact_id)
            .where(contacts.c.person_id == person_id)
            .order_by(answers.c.at, answers.c.contact_id)
        )
        rows = self._connection.execute(query)
        return {row.question: _answer(row) for row in rows}

    def forget(self, question: str, person_id: int) -> None:
        """Delete what was answered about a person: it is asked again."""
        mine = select(contacts.c.contact_id).where(contacts.c.person_id == person_id)
        self._connection.execute(
            delete(answers).where(
                answers.c.question == question, answers.c.contact_id.in_(mine)
            )
        )


def _answer(row: AnyRow) -> Answer:
    values = row._asdict()
    values.pop("person_id", None)
    return Answer(**values)
