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
            "This is an Excel workbook. Upload the file as Amazon gave it, a CSV or a "
            "ZIP, from Seller Central > Reports > Tax Document Library: Excel changes "
            "dates and long numbers."
        )
    if error.code in ("pdf", "markup"):
        return env._(
            "This is a document to be read by people, not the table. Download the "
            "Merchant Tax Report as CSV or ZIP from Seller Central > Reports > Tax "
            "Document Library."
        )
    if error.code == "locked":
        return env._("The ZIP is locked with a password. Upload it unlocked.")
    if error.code == "broken":
        return env._("The file is damaged or cut off. Download it from Amazon again.")
    if error.code == "nothing":
        return env._("The ZIP holds no CSV file.")
    if error.code == "empty":
        return env._("The file holds no row. Amazon may not have made it yet.")
    if error.code == "large":
        return env._("The file is too large. Upload it month by month.")
    if error.code == "header":
        return env._(
            "This is not Amazon's Merchant Tax Report: these columns are missing: %s.",
            columns,
        )
    if error.code == "cut":
        return env._(
            "Line %s has not the cells that the header names: the file is cut off, or "
            "was changed by another program. Download it from Amazon again.",
            error.line,
        )
    if error.code == "rounded":
        return env._(
            "A spreadsheet program has rounded the numbers of %(columns)s (line "
            "%(line)s). Download the file from Amazon again and do not open it before.",
            columns=columns,
            line=error.line,
        )
    return env._(
        "%(columns)s in line %(line)s cannot be read. Download the file from Amazon "
        "again, or correct the cell.",
        columns=columns,
        line=error.line,
    )
