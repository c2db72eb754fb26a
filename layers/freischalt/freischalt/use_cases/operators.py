"""Operators are made by a command of the vendor, never by registration."""

from dataclasses import dataclass, field, replace

from freischalt.account_ports import Delete, Hasher, Put, Ref, Seen
from freischalt.domain.ids import UserId
from freischalt.domain.password import initial_password
from freischalt.domain.purposes import INITIAL_PASSWORD, SECOND_FACTOR
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.user import Language, Password, Role, User, user_id
from freischalt.errors import OperatorExists, OperatorUnknown
from freischalt.use_cases.office import Decided, Decision, Office, decide


@dataclass(frozen=True, slots=True)
class MadeOperator:
    """Shown once: the password, to be changed, and what an authenticator app is given."""

    user: UserId
    password: str = field(repr=False)
    second_factor: bytes = field(repr=False)


def make_operator(
    name: str, email: str, office: Office, hasher: Hasher, request: Request
) -> MadeOperator:
    """Raises OperatorExists if the name is taken."""
    id_ = user_id(name)
    password = initial_password(office.secrets.secret(INITIAL_PASSWORD, request.nonce))
    operator = User(
        id=id_,
        name=name,
        email=email,
        language=Language.GERMAN,
        created_at=request.at,
        role=Role.OPERATOR,
        password=Password(hasher.hash(password), request.at, given=True),
        second_factor=request.nonce,
    )

    def once(seen: Seen) -> Decision:
        before = seen[Ref(User, (id_,))]
        if before and not before.is_gone(request.at):
            return Refusal(RefusalCode.USER_NAME_TAKEN)
        made = replace(operator, version=before.version if before else 0)
        return Decided({"user": id_}, (Put(made),))

    if isinstance(decide(office, request, (Ref(User, (id_,)),), once), Refusal):
        raise OperatorExists(f"the user name {name} is taken")
    return MadeOperator(id_, password, second_factor(name, office))


def second_factor(name: str, office: Office) -> bytes:
    """What an operator's authenticator app is given. Raises OperatorUnknown."""
    ref = Ref(User, (user_id(name),))
    user = office.records.read(ref)[ref]
    if user is None or user.second_factor is None:
        raise OperatorUnknown(f"there is no operator {name}")
    return office.secrets.secret(SECOND_FACTOR, user.second_factor)


def remove_operator(name: str, office: Office, request: Request) -> None:
    """Sessions end with the user. Raises OperatorUnknown."""
    ref = Ref(User, (user_id(name),))

    def once(seen: Seen) -> Decision:
        user = seen[ref]
        if user is None or user.role is not Role.OPERATOR:
            return Refusal(RefusalCode.NOT_FOUND)
        return Decided({}, (Delete(user),))

    if isinstance(decide(office, request, (ref,), once), Refusal):
        raise OperatorUnknown(f"there is no operator {name}")
