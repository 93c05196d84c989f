"""Keys of the caller's telephone, gathered into a number. Digits may be secrets: they are kept only while needed."""


class Keypad:
    """A number ends with the hash key, or with a pause that others watch for."""

    def __init__(self) -> None:
        self._digits = ""

    def press(self, key: str) -> bool:
        """Take in a key; whether it ends the number."""
        if key.isdigit():
            self._digits += key
        return key == "#"

    def take(self) -> str:
        """The number so far; a new one begins."""
        digits, self._digits = self._digits, ""
        return digits
