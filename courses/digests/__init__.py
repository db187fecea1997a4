"""What changed in their courses, told to teachers by mail: each day, each week or never, as each of them likes."""
