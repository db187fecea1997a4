from tests.bulk_files import load

__all__ = ["load"]
