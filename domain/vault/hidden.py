"""What is shown to those who may not read personal data: that there is some."""

from collections.abc import Callable
from typing import Any, Final

from domain.events import REGISTER
from domain.vault.sealed import is_sealed

HIDDEN: Final = "[sealed]"

View = Callable[[Any], Any]
"""Shows plain JSON values, with something in the place of each sealed one."""


def hide(plain: Any) -> Any:  # noqa: ANN401  plain JSON values of any shape
    """Return plain JSON values with `[sealed]` in the place of every sealed value."""
    match plain:
        case dict():
            return {name: hide(item) for name, item in plain.items()}
        case list():
            return [hide(item) for item in plain]
        case _:
            return HIDDEN if is_sealed(plain) else plain


def hide_data(type_name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an event with `[sealed]` in the place of all that is declared personal."""
    hidden = {it.name: HIDDEN for it in REGISTER[type_name].personal if it.name in data}
    return data | hidden if hidden else data
