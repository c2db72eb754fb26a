"""MiniStack, with streams that last: `python -m local.lasting_ministack`.

MiniStack 1.5.33 saves how far each function has read a table's stream, but not the stream. After a
restart no change would reach a function until as many had been made as before. So the records are
saved and restored with their table, here. A newer MiniStack that does so itself needs none of this.
"""

import copy
from typing import Any

from ministack.app import main
from ministack.services import dynamodb

STREAM = ("_stream_records", "_stream_trimmed")


def let_streams_last() -> None:
    save, restore = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state() -> dict[str, Any]:
        state: dict[str, Any] = save()
        return state | {name: copy.deepcopy(getattr(dynamodb, name)) for name in STREAM}

    def load_persisted_state(state: dict[str, Any]) -> None:
        restore(state)
        for name in STREAM:
            getattr(dynamodb, name).update(state.get(name, {}))

    dynamodb.get_state = get_state
    dynamodb.load_persisted_state = load_persisted_state


if __name__ == "__main__":
    let_streams_last()
    main()
