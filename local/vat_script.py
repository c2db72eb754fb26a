"""Which answer is next: as a test has ordered, else as the scenario says, else by the register."""

from collections import Counter

from local.vat_answer import Answer, Service
from local.vat_scenario import Scenario

BY_THE_REGISTER = Answer()

type Key = tuple[Service, str]


class Script:
    """In memory: a restart begins every sequence anew, and forgets all orders."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.reset()

    def reset(self) -> None:
        self._whole: dict[Service, tuple[Answer, ...]] = {}
        self._single: dict[Key, tuple[Answer, ...]] = {}
        self._given: Counter[Key] = Counter()
        self._delay: dict[Service, float] = {}

    def order(self, service: Service, vat_id: str | None, answers: tuple[Answer, ...]) -> None:
        """Answer so from now on; `vat_id` None: whatever is asked."""
        self._given[service, vat_id or ""] = 0
        if vat_id is None:
            self._whole[service] = answers
        else:
            self._single[service, vat_id] = answers

    def bring_up(self, service: Service) -> None:
        self._whole.pop(service, None)

    def slow_down(self, service: Service, seconds: float) -> None:
        self._delay[service] = seconds

    def seconds(self, service: Service, answer: Answer) -> float:
        return answer.seconds + self._delay.get(service, 0)

    def whatever_is_asked(self, service: Service) -> Answer | None:
        """Give the next answer of the whole service, if one is ordered."""
        return self._next((service, ""), self._whole.get(service, ()))

    def about(self, service: Service, vat_id: str) -> Answer:
        answers = self._single.get((service, vat_id))
        if answers is None:
            entry = self._scenario.by_vat_id.get(vat_id)
            answers = entry.answers(service) if entry else ()
        return self._next((service, vat_id), answers) or BY_THE_REGISTER

    def _next(self, key: Key, answers: tuple[Answer, ...]) -> Answer | None:
        if not answers:
            return None
        self._given[key] += 1
        return answers[min(self._given[key], len(answers)) - 1]
