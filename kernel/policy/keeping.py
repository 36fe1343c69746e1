"""A pack as the log keeps it, so that a version can be read when its files are long others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from kernel.policy.examine import shape
from kernel.policy.making import pack_of
from kernel.policy.schema import MAPPINGS

if TYPE_CHECKING:
    from kernel.policy.pack import Pack

Document = dict[str, Any]


def kept(pack: Pack) -> Document:
    """`content` is what the version is the hash of, `order` the ids of each part in the order of its files.

    Canonical JSON, in which events are kept, knows no order of ids; clauses stand in that of their document.
    """
    content = orjson.loads(pack.written)
    return {"content": content, "order": {name: list(content[name]) for name in MAPPINGS & content.keys()}}


def restored(content: Document, order: Document) -> Pack:
    """The pack again; it was examined when it was kept, with its source beside it.

    `ValidationError` where today's shape has no place for it: shapes only grow (docs/decisions/0016).
    """
    ordered = {name: {key: content[name][key] for key in keys} for name, keys in order.items()}
    written = {**content, **ordered}
    return pack_of(shape().load(written), written)
