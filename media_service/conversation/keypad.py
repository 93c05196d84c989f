"""Keys of the caller's telephone, gathered into a number that ends with the hash key or with a pause."""


class Keypad:
    """One per call; the pause is watched for by others."""

    def __init__(self) -> None:
        self._digits = ""
        self.complete = False

    def press(self, key: str) -> bool:
        """Take in a key; whether it belongs to a number."""
        if key.isdigit():
            self._digits += key
            return True
        self.complete = key == "#" and bool(self._digits)
        return self.complete

    def take(self) -> str:
        """The number so far; a new one begins."""
        digits, self._digits, self.complete = self._digits, "", False
        return digits
