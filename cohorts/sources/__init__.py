"""The registers as they are read: exchange files today; the directory and APOGÉE by SQL yield the same rows."""
