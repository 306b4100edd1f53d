"""Capabilities as OpenFeature flags: the same answer and reason as `checks`, over the standard interface.

The flag key is the capability, the targeting key the person's public id; without one somebody signed
out asks. The answer is a boolean; as an object it is `{"allowed", "limits"}`. A capability that no
program gates gives the caller's default and FLAG_NOT_FOUND.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from meadow.accounts.queries import find_person_id
from meadow.programs.checks import Answer, decide

V = TypeVar("V")
Value = Sequence[FlagValueType] | Mapping[str, FlagValueType]


class MeadowProvider(AbstractProvider):
    """Answers from this installation's programs: `openfeature.api.set_provider(MeadowProvider())`."""

    def get_metadata(self) -> Metadata:
        """Return the provider's name."""
        return Metadata(name="meadow")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """Return whether the person may use the capability."""
        answer = _ask(flag_key, evaluation_context)
        if answer.reason == "no_program":
            return _unknown(flag_key, default_value)
        return FlagResolutionDetails(
            value=answer.allowed,
            reason=Reason.TARGETING_MATCH,
            variant="open" if answer.allowed else "closed",
            flag_metadata=_metadata(answer),
        )

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Value,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Value]:
        """Return whether the person may use the capability, and within which limits."""
        answer = _ask(flag_key, evaluation_context)
        if answer.reason == "no_program":
            return _unknown(flag_key, default_value)
        value: Value = {"allowed": answer.allowed, "limits": dict(answer.limits)}
        return FlagResolutionDetails(
            value=value,
            reason=Reason.TARGETING_MATCH,
            variant="open" if answer.allowed else "closed",
            flag_metadata=_metadata(answer),
        )

    def resolve_string_details(
        self,
        flag_key: str,
        default_value: str,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[str]:
        """Refuse: a capability is open or closed."""
        return _mismatch(default_value)

    def resolve_integer_details(
        self,
        flag_key: str,
        default_value: int,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[int]:
        """Refuse: a capability is open or closed."""
        return _mismatch(default_value)

    def resolve_float_details(
        self,
        flag_key: str,
        default_value: float,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[float]:
        """Refuse: a capability is open or closed."""
        return _mismatch(default_value)


def _ask(flag_key: str, context: EvaluationContext | None) -> Answer:
    """Return the answer for the person that a context names; an unknown one is signed out."""
    public_id = context.targeting_key if context else None
    return decide(find_person_id(public_id) if public_id else None, flag_key)


def _metadata(answer: Answer) -> dict[str, bool | int | float | str]:
    return {"reason": answer.reason, "program": answer.program, "state": answer.state}


def _unknown(flag_key: str, default: V) -> FlagResolutionDetails[V]:
    return FlagResolutionDetails(
        value=default,
        reason=Reason.ERROR,
        error_code=ErrorCode.FLAG_NOT_FOUND,
        error_message=f"no program gates {flag_key!r}",
    )


def _mismatch(default: V) -> FlagResolutionDetails[V]:
    return FlagResolutionDetails(
        value=default,
        reason=Reason.ERROR,
        error_code=ErrorCode.TYPE_MISMATCH,
        error_message="a capability is a boolean, or an object with its limits",
    )
