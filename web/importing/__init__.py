"""Records brought in from a file of another system, as a mapping says. No web framework here.

bytes -> `rows` -> `reading` (answers or faults, by row) -> `plan` (what would change) -> `applying`.
"""
