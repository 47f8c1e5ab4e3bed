"""Tables that people bring as a file: XLSX or CSV, read with mistrust, cell by cell, by sheets described as data.

A room describes its sheets (`described.SheetForm`): columns with their words, whether they are needed, and what reads a
cell. `workbook.opened` reads a file, `importing.read` its rows, each with its values or with what is wrong in which
cell; `template.written` makes the file to fill in. What becomes of a row is the room's to say.
"""
