"""What the home page says: last night, the registers, what waits, what to watch; and a teacher's courses."""
