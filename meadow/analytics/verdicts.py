"""Late verdicts on their way into the stream: what facts count as from now on."""

from collections.abc import Sequence

from meadow.analytics.facts import SUBJECT_VERDICT, Verdict, encode_verdicts
from meadow.core.nats import jetstream_publish


def publish_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Publish verdicts as one message; returns once JetStream has it on disk.

    Ids are the sender's and the same for the same verdict: published again it changes nothing. Some
    3,000 fit into a message. Raises EngineUnavailable.
    """
    jetstream_publish(SUBJECT_VERDICT, encode_verdicts(verdicts))
