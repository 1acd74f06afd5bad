"""Numbers as people read them in tables."""


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours from one hour on."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    text = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{text}" if hours else text


def count(number: float) -> str:
    """A whole number, thousands set apart by a narrow space."""
    return f"{round(number):,}".replace(",", "\u202f")


def share(probability: float) -> str:
    return f"{100 * probability:.1f} %"


def megawatts(watts: float) -> str:
    return f"{watts / 1e6:.2f} MW"


def or_dash(value: float | None, form: str) -> str:
    """`value` in a format like `{:.0f} A`; a dash where there is none."""
    return "-" if value is None else form.format(value)
