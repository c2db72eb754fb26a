"""Amounts as the vendor's bookkeeping reads them."""


def decimal(hundredths: int) -> str:
    """With a comma.

    >>> decimal(-5831), decimal(1900)
    ('-58,31', '19,00')
    """
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100},{abs(hundredths) % 100:02d}"
