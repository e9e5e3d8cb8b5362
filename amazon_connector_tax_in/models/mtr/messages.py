# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is wrong with a file, in words that tell what to do."""


def explain(env, error):
    """The message of an :class:`~...mtr.MtrError`."""
    text = _explain(env, error)
    if error.file:
        text = f"{error.file}: {text}"
    return env._("%s Nothing was read.", text)


def _explain(env, error):
    columns = ", ".join(error.columns)
    if error.code == "excel":
        return env._(
            "This is an Excel workbook. Excel changes dates and long numbers: upload "
            "the CSV or ZIP file as downloaded from Seller Central > Reports > Tax "
            "Document Library."
        )
    if error.code in ("pdf", "markup"):
        return env._(
            "This is a printable document, not the table. Download the Merchant Tax "
            "Report as CSV or ZIP from Seller Central > Reports > Tax Document "
            "Library."
        )
    if error.code == "locked":
        return env._(
            "The ZIP file is protected with a password. Upload it without the password."
        )
    if error.code == "broken":
        return env._(
            "The file is damaged or incomplete. Download it from Amazon again."
        )
    if error.code == "nothing":
        return env._("The ZIP file contains no CSV file.")
    if error.code == "empty":
        return env._("The file contains no rows. Amazon may not have created it yet.")
    if error.code == "large":
        return env._("The file is too large. Upload it month by month.")
    if error.code == "header":
        return env._(
            "This is not Amazon's Merchant Tax Report. Missing columns: %s.",
            columns,
        )
    if error.code == "cut":
        return env._(
            "The cells of line %s do not match the header: the file is incomplete, or "
            "was changed by another program. Download it from Amazon again.",
            error.line,
        )
    if error.code == "rounded":
        return env._(
            "A spreadsheet program has rounded the numbers in %(columns)s (line "
            "%(line)s). Download the file from Amazon again and upload it without "
            "opening it.",
            columns=columns,
            line=error.line,
        )
    return env._(
        "%(columns)s cannot be read in line %(line)s. Download the file from Amazon "
        "again, or correct the cell.",
        columns=columns,
        line=error.line,
    )
