"""What can stop us.

    FreischaltError
    ├── MalformedMessage   not what AWS would send: dead-letter queue, alarm
    ├── LostRace           somebody changed what we had read: decided again, at most 5 times
    ├── TooManyRaces       five races lost: the queue brings it again
    ├── StillInHand        another worker has this message: the queue brings it again
    ├── NothingToRefer     a credit note's invoice has no number yet: the next run brings it again
    ├── DocumentMissing    the layer lacks a version of a document: the mail waits, alarm
    ├── KeyNotInRing       a dongle's master key is not in the ring: answer 14, alarm
    ├── ProviderFailed     the payment provider does not answer, or refuses: told, and asked later
    ├── NotToldYet         a refund or dispute of money unheard of: told again later
    ├── WrongSettings      the environment is not what template.yaml says: no start
    ├── BrokenCatalogue    catalogue.yaml breaks a rule: the build fails
    └── VendorMistake      an order of the vendor that cannot be done: told, nothing written
        ├── AccountUnknown
        ├── AccountExists
        ├── PhoneTaken
        ├── TooManyPhones
        ├── DongleUnknown
        ├── OperatorExists
        ├── OperatorUnknown
        └── ImportRefused

A refusal is not an error: it is an `Answer`. Throttling, timeouts and bugs are not ours to name:
they pass through, and the queue, the stream or the schedule tries again.
"""


class FreischaltError(Exception):
    """Base of every error that we raise on purpose. Never raised itself."""


class MalformedMessage(FreischaltError):
    """The event is not what AWS sends; names the field and the rule."""


class LostRace(FreischaltError):
    """Something that the decision was based on has changed; nothing was written."""


class TooManyRaces(FreischaltError):
    """The message lost every race; nothing was written."""


class StillInHand(FreischaltError):
    """The message was committed a moment ago and is being answered by another worker."""


class NothingToRefer(FreischaltError):
    """What this credit note or correction is about has no number that it could name."""


class DocumentMissing(FreischaltError):
    """Names the document, the version and the language that there is no file of."""


class KeyNotInRing(FreischaltError):
    """No master key of the ring has this id."""


class ProviderFailed(FreischaltError):
    """Names the library's kind of error, the HTTP status and the provider's code."""


class NotToldYet(FreischaltError):
    """Events come in any order; the one before this one is on its way."""


class WrongSettings(FreischaltError):
    """Names every variable that is missing or wrong."""


class BrokenCatalogue(FreischaltError):
    """Names the line, the field and the rule."""


class VendorMistake(FreischaltError):
    """Base of what the vendor's tool answers with; nothing was written."""


class AccountUnknown(VendorMistake):
    """No account has this number."""


class AccountExists(VendorMistake):
    """An account with this number exists."""


class PhoneTaken(VendorMistake):
    """The phone is registered to another account."""


class TooManyPhones(VendorMistake):
    """One transaction must be able to lock an account with all its phones."""


class DongleUnknown(VendorMistake):
    """Nothing was ever released or exported for this Carat-ID."""


class OperatorExists(VendorMistake):
    """The user name is taken."""


class OperatorUnknown(VendorMistake):
    """No operator has this name."""


class ImportRefused(VendorMistake):
    """The file breaks rules; `problems` names line, column and rule of each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
