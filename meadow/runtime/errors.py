"""What can go wrong below Django: each error says what, and how to mend it."""


class RuntimeProblem(Exception):
    """Something on this machine keeps Meadow from running; `mend` is what a person can do."""

    def __init__(self, what: str, *, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.what}\n  mend: {self.mend}" if self.mend else self.what


class EngineFailed(RuntimeProblem):
    """An engine did not start, or stopped before it was ready."""


class Misconfigured(RuntimeProblem):
    """The environment asks for something that is unsafe or impossible."""


class AlreadyRunning(RuntimeProblem):
    """Another supervisor holds this data folder."""
