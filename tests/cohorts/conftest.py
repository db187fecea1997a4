from tests.bulk_files import load
from tests.registers import registers

__all__ = ["load", "registers"]
