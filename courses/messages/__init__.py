"""Messages to people of a course: written once, filled for each one, handed over to the mail server one by one."""
