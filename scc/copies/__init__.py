"""All of an operator in one place and back: the table's items and the bucket's objects, as files with a manifest.

    manifest.jsonl       what this is, and each file with its size and SHA-256
    manifest.sha256      the SHA-256 of that
    items/0000.jsonl.gz  the table: items in DynamoDB's typed JSON
    objects/waivers/...  the bucket: PDFs and what else is kept there, sealed as they lie
    keys/waivers/...     what opens the sealed, each key wrapped by the master key
    erased.txt           who was erased by then, by number
    open/                with --open: what is sealed, in the clear; never read again

docs/exports.md walks through both ways, docs/adr/0022-exports.md says why it is so.
"""
