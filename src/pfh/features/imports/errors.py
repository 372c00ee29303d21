"""What can go wrong with an import as a whole; errors of rows are findings, not problems."""

from __future__ import annotations

from pfh.core.errors import Kind, Problem


class ImportNotFound(Problem):
    """No such import in this household."""

    code = "import_not_found"
    kind = Kind.NOT_FOUND


class ImportNotReady(Problem):
    """The import is in a state that does not allow this step."""

    code = "import_not_ready"
    kind = Kind.CONFLICT


class UploadTooLarge(Problem):
    """The file is larger than the hub takes."""

    code = "upload_too_large"
    kind = Kind.TOO_LARGE


class UploadMalformed(Problem):
    """The request carries no readable file."""

    code = "upload_malformed"
    kind = Kind.MALFORMED


class DatesUnclear(Problem):
    """Which number of its dates is the day cannot be told from the file."""

    code = "import_dates_unclear"


class TargetNotFound(Problem):
    """No account has the name that was given for the rows."""

    code = "import_target_not_found"
