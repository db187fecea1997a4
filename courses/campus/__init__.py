"""An invented university, written as the exchange files that a real one would send.

``making.make_campus`` writes a whole one, ``nights.write_next_night`` the extract of the night that follows
another. Neither needs the database: everything they know is in their arguments and in ``data/``.
"""
