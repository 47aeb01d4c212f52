"""The one table of failures: status, fault, and words of every code.

A new failure is one row of `Code`. The status of the answer, whether the analysis is charged, whether the web
app offers another try, and the English words on every page follow from it. Tests name the two other places
that need the code: `docs/errors.md` and the web app's translations.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Who or what has to change before the same can succeed."""

    FILE = "file"
    USER = "user"
    SERVER = "server"


FILE: Final = Fault.FILE
USER: Final = Fault.USER
SERVER: Final = Fault.SERVER
AGAIN: Final = True
NOT_AGAIN: Final = False

NOT_CHARGED = "Nothing was counted."
"""Said with every failure by a fault of the server, which is never charged."""


class Code(StrEnum):
    """Codes that clients may match, each with what is known of the failure.

    ``status`` is the HTTP status of a refused request. ``again`` says whether the same request, or the same
    failed job, may succeed later without being changed. ``summary`` says what happened, as a heading without
    full stop; ``advice`` says in sentences what to do next. The words are ICU messages without arguments.
    """

    status: int
    fault: Fault
    again: bool
    summary: str
    advice: str

    def __new__(cls, value: str, status: int, fault: Fault, again: bool, summary: str, advice: str) -> Code:
        """Make a row of the table."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.status, code.fault, code.again = status, fault, again
        code.summary, code.advice = summary, advice
        return code

    @property
    def words(self) -> str:
        """What happened, whether it was charged where that may be asked, and what to do, as one text."""
        parts = [f"{self.summary}.", NOT_CHARGED if self.fault is SERVER else "", self.advice]
        return " ".join(filter(None, parts))

    # fmt: off
    # What was sent.
    INVALID_EXTENSION = ("INVALID_EXTENSION", 415, FILE, NOT_AGAIN,
        "This file is named like a program", "Rename the file if it is a picture or a video.")
    INVALID_MIME_TYPE = ("INVALID_MIME_TYPE", 415, FILE, NOT_AGAIN,
        "We cannot read this kind of file", "Use MP4, MOV, JPEG, PNG or HEIC.")
    INVALID_MAGIC_BYTES = ("INVALID_MAGIC_BYTES", 415, FILE, NOT_AGAIN,
        "We cannot read this kind of file", "Use MP4, MOV, JPEG, PNG or HEIC.")
    DOUBLE_EXTENSION = ("DOUBLE_EXTENSION", 400, FILE, NOT_AGAIN,
        "This file name has the ending of a program beside another one", "Rename the file.")
    FILENAME_TOO_LONG = ("FILENAME_TOO_LONG", 400, FILE, NOT_AGAIN,
        "This file name is too long", "Give the file a shorter name.")
    INVALID_FILENAME = ("INVALID_FILENAME", 400, FILE, NOT_AGAIN,
        "This file name has special characters", "Rename the file without them.")
    EMPTY_FILE = ("EMPTY_FILE", 400, FILE, NOT_AGAIN,
        "This file is empty", "It may not have been copied or downloaded completely. Choose the original.")
    FILE_TOO_LARGE = ("FILE_TOO_LARGE", 413, FILE, NOT_AGAIN,
        "This file is too large",
        "Make a smaller copy of a picture. Cut a part out of a video; compressing hides signs.")
    ARCHIVE_UNREADABLE = ("ARCHIVE_UNREADABLE", 422, FILE, NOT_AGAIN,
        "This archive cannot be unpacked", "Unpack it, and send the files themselves.")
    BATCH_TOO_LARGE = ("BATCH_TOO_LARGE", 413, USER, NOT_AGAIN,
        "This batch has more files than are taken at once", "Send the rest in another batch.")
    NO_FILE = ("NO_FILE", 400, USER, NOT_AGAIN,
        "No file was chosen", "Choose a file and send it.")
    MALFORMED_UPLOAD = ("MALFORMED_UPLOAD", 400, USER, AGAIN,
        "The upload arrived damaged", "Send the file again.")
    CHECKSUM_MISMATCH = ("CHECKSUM_MISMATCH", 460, USER, AGAIN,
        "A part of the file arrived damaged", "Send the part again.")
    UPLOAD_TIMEOUT = ("UPLOAD_TIMEOUT", 408, USER, AGAIN,
        "The connection was too slow for this file", "Send it again.")
    INVALID_URL = ("INVALID_URL", 400, USER, NOT_AGAIN,
        "This address cannot be fetched", "Use the public https address of a file.")
    URL_NOT_REACHABLE = ("URL_NOT_REACHABLE", 422, USER, AGAIN,
        "The server could not fetch this address", "Download the file and upload it from your device.")
    URL_IS_A_PAGE = ("URL_IS_A_PAGE", 422, USER, NOT_AGAIN,
        "This address is a page, not a file",
        "Choose one of the files that it names, or use the address of a file itself.")
    POST_NOT_RESOLVED = ("POST_NOT_RESOLVED", 422, USER, NOT_AGAIN,
        "No file was found behind this post", "Save the picture or video on your device and upload it.")
    VALIDATION_ERROR = ("VALIDATION_ERROR", 422, USER, NOT_AGAIN,
        "The server did not accept this request", "Correct the fields that the details name.")
    QUERY_INVALID = ("QUERY_INVALID", 422, USER, NOT_AGAIN,
        "This search cannot be read", "Correct it at the place that is named.")
    MARK_OUTSIDE = ("MARK_OUTSIDE", 422, USER, NOT_AGAIN,
        "The marked face is not in this file", "Draw the box inside the picture, on a frame of the file.")
    MARK_TOO_SMALL = ("MARK_TOO_SMALL", 422, USER, NOT_AGAIN,
        "The marked face is too small to judge", "Mark a face whose sides have 40 px or more.")

    # What is in the file.
    FILE_NOT_FOUND = ("FILE_NOT_FOUND", 404, USER, NOT_AGAIN,
        "There is no such file", "Check its path and its name.")
    FILE_UNREADABLE = ("FILE_UNREADABLE", 422, USER, AGAIN,
        "This file could not be read from this device",
        "It may have been moved, or may be closed to you. Choose it again.")
    VIDEO_TOO_LONG = ("VIDEO_TOO_LONG", 422, FILE, NOT_AGAIN,
        "This video is too long", "Cut out a part; compressing hides signs.")
    VIDEO_DECODE_ERROR = ("VIDEO_DECODE_ERROR", 422, FILE, NOT_AGAIN,
        "We could not read the pictures", "Try the original, not a copy from a chat app.")
    IMAGE_DECODE_ERROR = ("IMAGE_DECODE_ERROR", 422, FILE, NOT_AGAIN,
        "We could not read the pictures", "Try the original, not a copy from a chat app.")
    TOO_MANY_PIXELS = ("TOO_MANY_PIXELS", 422, FILE, NOT_AGAIN,
        "This picture has too many pixels", "Make a smaller copy of it.")
    TOO_MANY_FRAMES = ("TOO_MANY_FRAMES", 422, FILE, NOT_AGAIN,
        "This video has too many frames", "Cut out a part; compressing hides signs.")
    DECODE_TIMEOUT = ("DECODE_TIMEOUT", 422, FILE, NOT_AGAIN,
        "Reading this file takes too long", "Cut out a part, or make a smaller copy.")

    PREVIEW_NOT_MADE = ("PREVIEW_NOT_MADE", 422, FILE, NOT_AGAIN,
        "No preview of this video could be made", "The verdict stands without it.")

    # Who sent the request, and how often.
    UNAUTHORIZED = ("UNAUTHORIZED", 401, USER, NOT_AGAIN,
        "You are not signed in", "Sign in first. Your login may have ended.")
    INVALID_CREDENTIALS = ("INVALID_CREDENTIALS", 401, USER, NOT_AGAIN,
        "The e-mail address or the password is wrong", "Check both.")
    SECOND_FACTOR_REQUIRED = ("SECOND_FACTOR_REQUIRED", 401, USER, NOT_AGAIN,
        "This account needs a code beside the password", "Send a code of its app too.")
    SECOND_FACTOR_WRONG = ("SECOND_FACTOR_WRONG", 401, USER, NOT_AGAIN,
        "This code is wrong or was used already",
        "Wait for the next code of the app, or use a recovery code.")
    SECOND_FACTOR_UNSET = ("SECOND_FACTOR_UNSET", 403, USER, NOT_AGAIN,
        "This server wants a second factor of every account",
        "Set one up on the account page; nothing else is open to the account before.")
    SIGN_IN_AGAIN = ("SIGN_IN_AGAIN", 403, USER, NOT_AGAIN,
        "This needs a login of the last ten minutes", "Sign out, sign in again, then repeat it at once.")
    SIGN_IN_EXPIRED = ("SIGN_IN_EXPIRED", 400, USER, NOT_AGAIN,
        "This sign-in has expired or was used already", "Begin again on the sign-in page.")
    PROVIDER_REFUSED = ("PROVIDER_REFUSED", 403, USER, NOT_AGAIN,
        "The sign-in service did not let you in here", "Sign in again, or ask whoever runs the server.")
    WEAK_PASSWORD = ("WEAK_PASSWORD", 422, USER, NOT_AGAIN,
        "This password is among the first that are guessed", "Choose another, such as a few words in a row.")
    FORBIDDEN = ("FORBIDDEN", 403, USER, NOT_AGAIN,
        "This is not allowed here", "Ask whoever runs the server.")
    OWNER_SECRET_REQUIRED = ("OWNER_SECRET_REQUIRED", 403, USER, NOT_AGAIN,
        "Only who sent this file can change or share its result",
        "Open it in the browser that sent the file, or have the sender make a link.")
    KEY_NOT_ACCEPTED = ("KEY_NOT_ACCEPTED", 403, USER, NOT_AGAIN,
        "No API key opens this", "Sign in with the e-mail address and the password.")
    SCOPE_MISSING = ("SCOPE_MISSING", 403, USER, NOT_AGAIN,
        "The API key may not do this", "Make a key with the scope that the details name.")
    ROLE_MISSING = ("ROLE_MISSING", 403, USER, NOT_AGAIN,
        "Your role in this workspace does not allow this", "Ask an admin of the workspace.")
    OTHERS_WORKED_ON_IT = ("OTHERS_WORKED_ON_IT", 403, USER, NOT_AGAIN,
        "Others have worked on this file, and forgetting it would take their work too",
        "Ask a lead or an admin of the workspace to forget it. You can delete its pictures and analyses.")
    CROSS_SITE_REQUEST = ("CROSS_SITE_REQUEST", 403, USER, NOT_AGAIN,
        "The request comes from another site", "Open the app at its own address and try there.")
    EMAIL_IN_USE = ("EMAIL_IN_USE", 409, USER, NOT_AGAIN,
        "There is an account with this e-mail address", "Sign in, or use another address.")
    QUOTA_EXCEEDED = ("QUOTA_EXCEEDED", 429, USER, AGAIN,
        "All analyses of today are used", "Try again tomorrow.")
    RATE_LIMITED = ("RATE_LIMITED", 429, USER, AGAIN,
        "Too many requests came at once", "Wait a moment, then try again.")

    HEADERS_TOO_LARGE = ("HEADERS_TOO_LARGE", 431, USER, NOT_AGAIN,
        "The headers of the request are too large", "Delete the cookies of this site, then try again.")

    # What the request is about.
    NOT_FOUND = ("NOT_FOUND", 404, USER, NOT_AGAIN,
        "We cannot show this result",
        "The link is wrong, or the result was deleted or belongs to another account.")
    METHOD_NOT_ALLOWED = ("METHOD_NOT_ALLOWED", 405, USER, NOT_AGAIN,
        "This address does not take this kind of request", "Look it up in the documentation of the API.")
    CONFLICT = ("CONFLICT", 409, USER, NOT_AGAIN,
        "The state of the analysis does not allow this", "Reload the page to see its state.")
    OFFSET_MISMATCH = ("OFFSET_MISMATCH", 409, USER, AGAIN,
        "The upload goes on from another place", "Ask for its offset and send the bytes that follow.")
    TUS_VERSION = ("TUS_VERSION", 412, USER, NOT_AGAIN,
        "The server does not know this version of the upload protocol",
        "Send the header Tus-Resumable: 1.0.0.")
    IDEMPOTENCY_KEY_REUSED = ("IDEMPOTENCY_KEY_REUSED", 409, USER, NOT_AGAIN,
        "The Idempotency-Key was used for another request", "Send another request with a key of its own.")
    TOO_MANY = ("TOO_MANY", 409, USER, NOT_AGAIN,
        "There are as many as an account may have", "Delete one that is no longer needed.")
    LAST_ADMIN = ("LAST_ADMIN", 409, USER, NOT_AGAIN,
        "A workspace would be left without an admin",
        "Make another member an admin, or delete the workspace, then try again.")
    REVISION_MISMATCH = ("REVISION_MISMATCH", 412, USER, NOT_AGAIN,
        "This was changed meanwhile", "Load it again, look at what has changed, then repeat it.")
    REVISION_MISSING = ("REVISION_MISSING", 428, USER, NOT_AGAIN,
        "It is not said which state of this is to be changed",
        "Send the ETag that it was read with in the header If-Match.")
    HELD = ("HELD", 409, USER, NOT_AGAIN,
        "This is held and must not be deleted",
        "Have a lead or an admin of the workspace release it, then delete it.")
    TASK_LOST = ("TASK_LOST", 409, USER, NOT_AGAIN,
        "This review is not yours any more", "Its time was over, or it was handed on. Take the next one.")
    READING_BLIND = ("READING_BLIND", 409, USER, NOT_AGAIN,
        "You are reading this file blind",
        "Answer its review, give it back or hand it to a colleague first.")
    ALREADY_JUDGED = ("ALREADY_JUDGED", 409, USER, NOT_AGAIN,
        "The present model has judged this file already",
        "Its result stands. It can be checked again at the charge of an upload.")
    COUNT_DIFFERS = ("COUNT_DIFFERS", 409, USER, NOT_AGAIN,
        "There are more or fewer files than were shown", "Look at the present number, then confirm it.")
    EXPIRED = ("EXPIRED", 410, USER, NOT_AGAIN,
        "The files have been deleted", "Their time was over. Upload the file again.")
    CANCELLED = ("CANCELLED", 409, USER, NOT_AGAIN,
        "The analysis was cancelled", "Nothing was kept. Upload the file again to analyse it.")

    # Faults of the server, which are not charged.
    ANALYSIS_TIMEOUT = ("ANALYSIS_TIMEOUT", 504, SERVER, AGAIN,
        "The analysis took too long", "Try again later, or with a shorter video.")
    ANALYSIS_CRASHED = ("ANALYSIS_CRASHED", 500, SERVER, AGAIN,
        "The analysis broke off", "Try again; if it fails again, tell whoever runs the server.")
    WORKER_LOST = ("WORKER_LOST", 503, SERVER, AGAIN,
        "The analysis was interrupted", "Try again.")
    UPLOAD_LOST = ("UPLOAD_LOST", 500, SERVER, NOT_AGAIN,
        "The uploaded file is gone or damaged", "Upload it again.")
    SERVER_LIMIT = ("SERVER_LIMIT", 413, SERVER, NOT_AGAIN,
        "This file needs more memory than this server allows",
        "Make a smaller copy of it, or ask whoever runs the server.")
    FORMAT_NOT_AVAILABLE = ("FORMAT_NOT_AVAILABLE", 501, SERVER, NOT_AGAIN,
        "This server cannot write this format", "Take CSV or JSON lines, or ask whoever runs the server.")
    STORAGE_FULL = ("STORAGE_FULL", 507, SERVER, AGAIN,
        "The server has no room for files at the moment", "Try again later.")
    MODEL_NOT_AVAILABLE = ("MODEL_NOT_AVAILABLE", 503, SERVER, AGAIN,
        "Analysis is paused", "Try again later.")
    SERVICE_UNAVAILABLE = ("SERVICE_UNAVAILABLE", 503, SERVER, AGAIN,
        "The service is busy", "Try again in a moment.")
    PROVIDER_UNREACHABLE = ("PROVIDER_UNREACHABLE", 503, SERVER, AGAIN,
        "The sign-in service does not answer", "Try again later, or tell whoever runs the server.")
    RESOLVER_UNAVAILABLE = ("RESOLVER_UNAVAILABLE", 503, SERVER, AGAIN,
        "Posts of social media cannot be read at the moment",
        "Try again later, or save the video on your device and upload it.")
    INTERNAL_ERROR = ("INTERNAL_ERROR", 500, SERVER, AGAIN,
        "Something went wrong on our side",
        "Try again; if it fails again, tell whoever runs the server.")
    # fmt: on


_ROWS: Final[dict[str, Code]] = {code.value: code for code in Code}


def known(code: str | None) -> Code:
    """Return the row of a stored code; INTERNAL_ERROR for a code that is not in the table."""
    return _ROWS.get(code or "", Code.INTERNAL_ERROR)


def is_charged(code: str) -> bool:
    """Whether an analysis that failed with this code is charged: not when the server is at fault."""
    return known(code).fault is not Fault.SERVER
