"""The one exception for input that cannot be used as it is."""


class BadInput(ValueError):
    """Input from outside that cannot be used: where it stands, what is wrong, what would be right.

    Parameters
    ----------
    what : str
        What is wrong, with the value received.
    where : str, optional
        File, line, column, item: whatever is known of the place.
    right : str, optional
        What would be right.
    """

    def __init__(self, what: str, *, where: str = "", right: str = "") -> None:
        self.what, self.where, self.right = what, where, right
        super().__init__((f"{where}: " if where else "") + what + (f"; {right}" if right else ""))
