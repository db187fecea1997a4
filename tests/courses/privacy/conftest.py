from tests.registers import registers

__all__ = ["registers"]
