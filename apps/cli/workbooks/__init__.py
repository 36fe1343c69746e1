"""Workbooks at the edge: what every import of a spreadsheet shares, from the guard to the report.

Nothing here knows what the rows are about: an import brings its `Layout` (layout.py) and its readers of rows.
"""
