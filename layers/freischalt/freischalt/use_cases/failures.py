"""Of what fails in a run, the others are not held up: whoever runs it can be told of each."""


def nobody_is_told(_: object, __: Exception) -> None:
    """What failed is still due; the next run meets it again."""
