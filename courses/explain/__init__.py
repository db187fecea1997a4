"""« Pourquoi ? »: why a person is, or is not, in a course. Facts here are codes and parameters; ``wording`` says them."""
