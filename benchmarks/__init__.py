"""What is measured, and how: each module is a command that prints a table and ends with one line of JSON."""
