# SPDX-License-Identifier: LGPL-3.0-or-later
class MtrError(Exception):
    """A file that cannot be taken for a Merchant Tax Report.

    :param code: what is wrong, for the program: ``excel``, ``pdf``, ``markup``,
        ``locked``, ``broken``, ``nothing``, ``empty``, ``large``, ``header``,
        ``cut``, ``cell`` or ``rounded``
    :param line: where, the header being 1; None for the whole file
    :param columns: Amazon's names of the columns concerned
    :param file: name of the file within a ZIP, None for a file alone
    """

    def __init__(self, code, *, line=None, columns=(), file=None):
        self.code = code
        self.line = line
        self.columns = tuple(columns)
        self.file = file
        place = f" in line {line}" if line else ""
        super().__init__(f"{code}{place}: {', '.join(self.columns)}".rstrip(": "))
