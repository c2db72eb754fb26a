"""Phone numbers by Google's library: whether a number can get texts."""

from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode


def mobile_number(text: str) -> str | Refusal:
    """The number in E.164.

    >>> mobile_number("+4366012345678")
    '+4366012345678'
    >>> mobile_number("+4315331234").code
    <RefusalCode.PHONE_NOT_MOBILE: 'PHONE_NOT_MOBILE'>
    """
    # imported here: it costs a tenth of a cold start, and few calls are about phones
    import phonenumbers  # noqa: PLC0415
    from phonenumbers import PhoneNumberType  # noqa: PLC0415

    no = Refusal(
        RefusalCode.PHONE_NOT_MOBILE, problems=(FieldProblem("/phone", "must be a mobile number"),)
    )
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return no
    mobile = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in mobile:
        return no
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
