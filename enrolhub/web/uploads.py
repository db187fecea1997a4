"""Files that a browser sends: kept in memory while they arrive, up to the limit, and never written to a disk."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from enrolhub.web.sheets.container import BYTE_LIMIT


class BoundedUploadHandler(FileUploadHandler):
    """Takes the files of one request as long as all of them together have at most `BYTE_LIMIT` bytes.

    A file that goes beyond is dropped as it arrives, and `is_over` says so; the other fields of its form are read.
    """

    is_over = False

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.pieces = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > BYTE_LIMIT:
            self.is_over, self.pieces = True, BytesIO()
            raise SkipFile
        self.pieces.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.pieces.seek(0)
        return InMemoryUploadedFile(
            self.pieces, self.field_name, self.file_name or "", self.content_type or "", file_size, self.charset
        )


def is_upload_over(request: HttpRequest) -> bool:
    """Whether a file of the request was dropped because it was too large. Asked once its form was read."""
    handlers = request.upload_handlers
    return any(isinstance(handler, BoundedUploadHandler) and handler.is_over for handler in handlers)
