"""Which prepared writes the caller has heard read back, and what they have said since.

Everything said since counts as the answer: a refusal is not undone by a later "okay" that may mean anything.
"""

from collections.abc import Mapping

from media_service.conversation.playback import Utterance


class ReadBacks:
    """The read-backs of one call, by intent."""

    def __init__(self) -> None:
        self._spoken: dict[str, Utterance] = {}
        self._answers: dict[str, str] = {}
        self._before: set[str] = set()
        self._latest_only: set[str] = set()

    def recall(self, answers: Mapping[str, str]) -> None:
        """These were heard in an earlier stream of the call, and answered so."""
        self._before.update(answers)
        self._answers.update((intent, words) for intent, words in answers.items() if words)

    def spoken(self, intent: str, utterance: Utterance) -> None:
        self._spoken[intent] = utterance

    def asked(self, name: str, question: Utterance) -> None:
        """A question that is put again until it is answered: only what was said last counts."""
        self._spoken[name] = question
        self._latest_only.add(name)

    def caller_said(self, words: str) -> None:
        for intent in self._heard:
            before = "" if intent in self._latest_only else self._answers.get(intent, "")
            self._answers[intent] = f"{before} {words}".strip()

    @property
    def answers(self) -> Mapping[str, str]:
        return dict(self._answers)

    @property
    def heard(self) -> Mapping[str, str]:
        """The read-backs that were heard, and what the caller has said since: perhaps nothing yet."""
        return {intent: self._answers.get(intent, "") for intent in self._heard}

    @property
    def unanswered(self) -> bool:
        """Whether the last read-back waits for its answer, or for its own end."""
        last = next(reversed(self._spoken), None)
        return last is not None and not self._answers.get(last)

    @property
    def _heard(self) -> set[str]:
        return self._before | {intent for intent, utterance in self._spoken.items() if utterance.facts_heard}
