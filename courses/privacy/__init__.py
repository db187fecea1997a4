"""What is kept about people, for how long, what they may see of it, and how it is made nobody's (docs/privacy.md)."""
