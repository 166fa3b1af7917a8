"""A model of who belongs together, what is left to do and who is at it, written from DESIGN's words
and not from the code: mails, people, conversations. It knows no server, no flags' transport, no
database; times are the order in which things happen here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STATUSES = ("open", "checking", "hold", "done")  # the first is the furthest from done
LONG_AGO = -1  # of a mail that is older than anything we have answered


def is_unread(address: str) -> bool:
    return address.startswith("no-reply@")


@dataclass(eq=False)
class Letter:
    """One mail. ``people`` are all that it names outside of us, ``to`` those whom we write to."""

    id: str
    about: tuple[str, ...]  # the ids it names, its parent first
    people: frozenset[str]
    ours: bool = False
    automatic: bool = False
    copies: int = 1  # that lie in the mailbox; of ours, in Sent
    came: int = 0
    talk: Talk = field(init=False)
    marks: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Given:
    """A letter of ours that has gone out; ``to`` are those who know of it."""

    by: str
    when: int
    letter: Letter
    to: frozenset[str]


@dataclass(eq=False)
class Talk:
    """A conversation."""

    began: int
    status: str
    assignee: str = ""
    answers: list[Given] = field(default_factory=list)
    passed_on: list[Given] = field(default_factory=list)


class Correspondence:
    def __init__(self) -> None:
        self.letters: dict[str, Letter] = {}
        self.homes: dict[str, Talk] = {}  # of every id that anybody has named
        self.now = 0

    # ------------------------------------------------------------------ what happens

    def arrives(self, letter: Letter, *, old: bool = False) -> None:
        """``old``: it is dated years ago. A person waits behind it unless it is automatic."""
        self._take_in(letter)
        if letter.automatic or (old and letter.talk.answers):
            return
        letter.talk.status = "open"

    def goes_out(self, letter: Letter, by: str, *, copy_here: bool = True) -> None:
        """By a colleague through us; ``copy_here``: its copy lies in this mailbox's Sent."""
        about = self.talk_about(letter)
        if about is not None:
            self._answered_or_forwarded(letter, about, by)
            self.homes[letter.id] = about
        if copy_here:
            self._take_in(letter)

    def is_seen_in_sent(self, letter: Letter) -> None:
        """Nobody sent it through us."""
        about = self.talk_about(letter)
        self._take_in(letter)
        if about is not None and not letter.automatic:
            self._answered_or_forwarded(letter, letter.talk, "")

    # ------------------------------------------------------------------ what may be asked

    def talk_about(self, letter: Letter) -> Talk | None:
        return next((self.homes[id_] for id_ in letter.about if id_ in self.homes), None)

    def stops(self, letter: Letter, by: str) -> bool | None:
        """Whether somebody else has answered what it answers, and it doesn't say so.

        None: somebody has passed a mail on to who has written as well, which is both.
        """
        talk = self.talk_about(letter)
        if talk is None or not self._is_answer(letter, talk):
            return False
        answered = self._asked(letter, talk)
        asked = max((each.came for each in answered), default=0)
        concerns = letter.people | self._people(answered)

        def unseen(done: list[Given]) -> list[Given]:
            return [
                each for each in done
                if each.by != by and each.when > asked and each.letter.id not in letter.about
                if each in talk.passed_on or not answered
                or not self._is_aside(each, concerns, asked, talk)
            ]  # fmt: skip

        if unseen(talk.answers):
            return True
        for each in unseen(talk.passed_on):
            wrote = [one for one in self._from_outside(talk) if one.came < each.when]
            if each.letter.people & self._people(wrote):
                return None
        return False

    def present(self, talk: Talk) -> list[Letter]:
        return [each for each in self.letters.values() if each.talk is talk and each.copies]

    # ------------------------------------------------------------------ who belongs together

    def _take_in(self, letter: Letter) -> None:
        self.now += 1
        letter.came = self.now
        own = self.homes.get(letter.id)
        named = [self.homes[i] for i in letter.about if i in self.homes and self._knows(letter, i)]
        homes = list(dict.fromkeys(([own] if own else []) + named))
        if not homes:
            waits = not letter.ours and not letter.automatic
            homes = [Talk(self.now, "open" if waits else "done")]
        first = self.present(homes[0])
        found = [each for each in homes if each is homes[0] or self._may_merge(first, each, letter)]
        oldest, *others = sorted(found, key=lambda talk: talk.began)
        for other in others:
            self._merge(oldest, other)
        letter.talk = self.homes[letter.id] = oldest
        for id_ in letter.about:
            self.homes.setdefault(id_, oldest)
        self.letters[letter.id] = letter

    def _knows(self, letter: Letter, id_: str) -> bool:
        """Whether its writer can know that id, so that it is no accident."""
        talk, named = self.homes[id_], self.letters.get(id_)
        wrote = self._people(self._from_outside(talk))
        if letter.ours:
            return True
        if named is None or not named.copies:  # nobody here has it
            return bool(letter.people & (wrote or self._people(self.present(talk))))
        if not named.ours:
            return True
        if len(named.people) > 1:
            return bool(letter.people & (wrote or self._people(self.present(talk))))
        before = [each for each in self._from_outside(talk) if each.came < named.came]
        theirs = not wrote or bool(named.people & (letter.people | self._people(before)))
        return theirs or bool(letter.people & wrote)

    def _may_merge(self, first: list[Letter], other: Talk, letter: Letter) -> bool:
        rest = self.present(other)
        if not first or not rest:
            return True
        people = self._people(self._from_outside(other)) or self._people(rest)
        return bool(people & (letter.people | self._people(first)))

    def _merge(self, into: Talk, other: Talk) -> None:
        into.status = min(into.status, other.status, key=STATUSES.index)
        into.assignee = into.assignee or other.assignee
        into.answers += other.answers
        into.passed_on += other.passed_on
        for letter in self.letters.values():
            if letter.talk is other:
                letter.talk = into
        for id_, talk in self.homes.items():
            if talk is other:
                self.homes[id_] = into

    def _from_outside(self, talk: Talk) -> list[Letter]:
        return [each for each in self.present(talk) if not each.ours]

    def _people(self, letters: list[Letter]) -> frozenset[str]:
        return frozenset().union(*(each.people for each in letters))

    # ------------------------------------------------------------------ what is an answer

    def _answered_or_forwarded(self, letter: Letter, talk: Talk, by: str) -> None:
        asked = self._asked(letter, talk)
        if not self._is_answer(letter, talk):
            talk.passed_on.append(Given(by, self.now + 1, letter, letter.people))
            if by:
                for each in asked:
                    each.marks.add("$Forwarded")
            return
        waits = any(
            each.came > max(one.came for one in asked)
            for each in self._from_outside(talk)
            if asked and not each.automatic and "\\Answered" not in each.marks
        )
        self.now += 1
        talk.answers.append(Given(by, self.now, letter, self._told(letter, talk)))
        if not waits and not any(self._is_left_out(each, talk) for each in self._waiting(talk)):
            talk.status = "done"
        if by:
            talk.assignee = talk.assignee or by
            for each in asked:
                each.marks.add("\\Answered")

    # ------------------------------------------------------------------ who is left out

    def _waiting(self, talk: Talk) -> list[Letter]:
        """Behind an address that nobody reads there is nobody."""
        return [
            each
            for each in self._from_outside(talk)
            if not each.automatic and not all(map(is_unread, each.people))
        ]

    def _is_left_out(self, letter: Letter, talk: Talk) -> bool:
        """We have written to others about it, and all we have answered since was to those."""
        since = [each for each in self._ours(talk) if each.when > letter.came]
        given = [each for each in talk.answers if each.when > letter.came]
        if any(letter.people & each.to for each in since):
            return False
        return bool(given) and all(
            self._is_aside(each, letter.people, letter.came, talk) for each in given
        )

    def _is_aside(self, given: Given, people: frozenset[str], came: int, talk: Talk) -> bool:
        """It is for others than these, to whom we have written of ourselves since that came."""
        earlier = [each for each in self._ours(talk) if came < each.when < given.when]
        return not given.to & people and any(each.to & given.to for each in earlier)

    def _ours(self, talk: Talk) -> list[Given]:
        """All of ours that is known: the answers, and what else lies in Sent."""
        answers = {each.letter for each in talk.answers}
        return talk.answers + [
            Given("", each.came, each, each.people)
            for each in self.present(talk)
            if each.ours and not each.automatic and each not in answers
        ]

    def _told(self, letter: Letter, talk: Talk) -> frozenset[str]:
        """Who answers what we wrote to another address is one of those behind that address."""
        here = {each.id: each for each in self.present(talk) if each.ours and not each.automatic}
        asked = next((here[id_].people for id_ in letter.about if id_ in here), frozenset())
        return letter.people if letter.people & asked else letter.people | asked

    def _asked(self, letter: Letter, talk: Talk) -> list[Letter]:
        """Its parent, or the nearest of its ancestors that is here."""
        here = {each.id: each for each in self.present(talk) if each.id != letter.id}
        return [here[id_] for id_ in letter.about if id_ in here][:1]

    def _is_answer(self, letter: Letter, talk: Talk) -> bool:
        wrote = self._from_outside(talk)
        rest = [each for each in self.present(talk) if each is not letter]
        asked = [each for each in wrote if each.id in letter.about] or wrote or rest
        return not asked or bool(letter.people & self._people(asked))
