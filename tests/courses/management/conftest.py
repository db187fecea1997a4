from tests.held import held, space

__all__ = ["held", "space"]
