from tests.held import held, space
from tests.registers import registers

__all__ = ["held", "registers", "space"]
