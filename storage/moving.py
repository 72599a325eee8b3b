"""The lines of a dump: one JSON object each, the same for every store, readable by anyone.

    {"line": "store", "format": 1}
    {"line": "revision", "kind": …, "id": …, "current": false, "revision": 3, "first": 1, "previous": null,
     "author": …, "at": …, "created_at": …, "started_at": …, "sitting": …, "note": …, "salt": …,
     "keys": {…}, "body": {…}}
    {"line": "audit", "number": 1, "at": …, "author": …, "action": …, "kind": …, "id": …, "revision": …,
     "digest": …, "chain": …}
    {"line": "end", "revisions": 2, "audit": 1, "sha256": "…"}

Revisions of a document come oldest first, its current one last. `sha256` is over the canonical bytes of
the lines before the end, each with a newline.
"""
