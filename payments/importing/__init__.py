"""Payments carried over from files: of an operator's own spreadsheet, or of the export of another system.

`lines` reads a line, `words` its method, `plans` decides what becomes of it, `writing` writes it to the ledger, and
`kind` is what commands and pages know. `stripe`, `square` and `venmo` read what those systems export.
"""
