"""Reading the files that people make in a spreadsheet: bytes in, rows or clear complaints out. Knows no model."""
