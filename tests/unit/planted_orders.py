"""Orders whose parts do not go together."""

from collections.abc import Callable

from gridops.network import Components, Feedback, OrderType, SentAs, Signal
from tests.unit.sound_grid import with_

PLANTED_ORDERS: dict[str, tuple[str, Callable[[], Components], str]] = {
    # name: (code, grid, an id that the flaw names)
    "position that reads the same both ways": (
        "value-misfit",
        lambda: with_("points", "s1.position", open_value=2.0),
        "s1.position",
    ),
    "method without its object": (
        "order-misfit",
        lambda: with_("points", "s1.command", sent_as=SentAs.METHOD),
        "s1.command",
    ),
    "command value beyond its type": (
        "order-misfit",
        lambda: with_("points", "s1.command", order_type=OrderType.BOOLEAN),
        "s1.command",
    ),
    "command value of a half": (
        "order-misfit",
        lambda: with_("points", "s1.command", open_value=0.5),
        "s1.command",
    ),
    "command that sends the same both ways": (
        "order-misfit",
        lambda: with_("points", "s1.command", open_value=2.0),
        "s1.command",
    ),
    "command without a value": (
        "order-misfit",
        lambda: with_(
            "points",
            "s1.command",
            sent_as=SentAs.METHOD,
            object_id="s1",
            order_type=OrderType.NONE,
        ),
        "s1.command",
    ),
    "feedback that is never awaited": (
        "order-misfit",
        lambda: with_("points", "s1.command", feedback=Feedback.ANSWER, feedback_s=4.0),
        "s1.command",
    ),
    "feedback that is awaited for ever": (
        "order-misfit",
        lambda: with_("points", "s1.command", feedback_s=1e9),
        "s1.command",
    ),
    "feedback of a position": (
        "order-misfit",
        lambda: with_("points", "s1.position", feedback_s=4.0),
        "s1.position",
    ),
    "position that would be sent": (
        "order-misfit",
        lambda: with_("points", "s1.position", order_type=OrderType.BOOLEAN),
        "s1.position",
    ),
    "selecting what is not commanded": (
        "select-without-command",
        lambda: with_("points", "s1.command", signal=Signal.SELECT),
        "s1.command",
    ),
}
