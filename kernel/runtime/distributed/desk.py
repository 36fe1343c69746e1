"""The desk between a service class and its application.

A service class is nameko's: its entrypoints hand each call over the desk. Which host runs the class decides
what happens there: a stock nameko container runs the call at once, our host takes commands back as
`Deferred` and runs many of them in one batch.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from nameko.extensions import DependencyProvider

from kernel import instants
from kernel.refusals import DeadlinePassed, InvalidInput, Refusal
from kernel.runtime.calls import Application, Call, Deferred
from kernel.runtime.distributed.wire import CONTEXT_KEYS
from kernel.trouble import internal_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Desk(DependencyProvider):  # type: ignore[misc]  # nameko is not typed
    """Gives a service class its application. `build` makes it, once per container."""

    def __init__(self, build: Callable[[], Application]) -> None:
        self.build = build

    def setup(self) -> None:
        """Build the application (called by a stock container before it starts)."""
        self._application = self.build()
        self._writing = threading.Lock()

    def stop(self) -> None:
        """Close the application (called by a stock container when all workers have ended)."""
        self._application.close()

    def get_dependency(self, worker_ctx: Any) -> DirectDesk:
        """The desk of one call in a stock container."""
        context = {name: worker_ctx.data[name] for name in CONTEXT_KEYS if name in worker_ctx.data}
        return DirectDesk(self._application, context, self._writing)


class BoundDesk:
    """The desk of one call."""

    def __init__(self, application: Application, context: Mapping[str, Any]) -> None:
        self._application = application
        self._context = context

    def query(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """The answer; raises a `Refusal`."""
        return self._application.run_query(self._call(method, arguments))

    def _call(self, method: str, arguments: Mapping[str, Any]) -> Call:
        refuse_late(self._context)
        return Call(method, arguments, self._context)


class DeferringDesk(BoundDesk):
    """Under our host: commands wait for the next batch."""

    def command(self, method: str, arguments: Mapping[str, Any]) -> Deferred:
        """What the entrypoint returns; the host answers the caller when the batch is committed."""
        return Deferred(self._call(method, arguments))


class DirectDesk(BoundDesk):
    """In a stock container: a command is a batch of one.

    `writing` keeps its green threads apart, because an application runs one batch at a time.
    """

    def __init__(self, application: Application, context: Mapping[str, Any], writing: threading.Lock) -> None:
        super().__init__(application, context)
        self._writing = writing

    def command(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """The answer, committed; raises a `Refusal`."""
        return self._refusing(method, self._run, method, arguments)

    def query(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """The answer; raises a `Refusal`."""
        return self._refusing(method, super().query, method, arguments)

    def _run(self, method: str, arguments: Mapping[str, Any]) -> Any:
        with self._writing:
            (outcome,) = self._application.run_batch([self._call(method, arguments)])
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def _refusing(self, doing: str, run: Callable[..., Any], *arguments: Any) -> Any:
        """A stock container would send the text of any other exception to the caller."""
        try:
            return run(*arguments)
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a number
            raise internal_error(error, doing) from None


def refuse_late(context: Mapping[str, Any]) -> None:
    """Raise `DeadlinePassed` for a call whose caller no longer waits, `InvalidInput` for no instant."""
    deadline = context.get("deadline")
    if deadline is None:
        return
    try:
        late = instants.parse(deadline) < instants.now()
    except (ValueError, TypeError, LookupError, OverflowError):
        raise InvalidInput.of(deadline="not_an_instant") from None
    if late:
        raise DeadlinePassed({"deadline": deadline})
